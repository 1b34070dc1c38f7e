using System.Buffers;
using System.Globalization;

namespace Klaviyo.Flows.Templates;

/// <summary>Numbers as Liquid counts with them.</summary>
/// <remarks>
/// Fractions are added and multiplied as decimals where they fit, so that 10.1 and 2.2 are 12.3. Text that begins with a
/// whole number counts as that, other text as zero.
/// </remarks>
internal static class TemplateNumber
{
    // Beyond it a decimal loses what a double still has.
    private const double DecimalMax = 1e14;

    private static readonly SearchValues<char> Digits = SearchValues.Create("0123456789.-");

    internal static TemplateValue Of(TemplateValue value)
    {
        return value.Kind switch
        {
            TemplateValueKind.Integer or TemplateValueKind.Float => value,
            TemplateValueKind.Text => OfText(value.AsText),
            _ => TemplateValue.Of(0L),
        };
    }

    /// <summary>Reads text that is a number and nothing else.</summary>
    internal static bool TryRead(string text, out TemplateValue value)
    {
        var trimmed = text.AsSpan().Trim();
        if (long.TryParse(trimmed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole))
        {
            value = TemplateValue.Of(whole);
            return true;
        }

        var isNumber = trimmed.IndexOfAnyExcept(Digits) < 0
            & double.TryParse(trimmed, NumberStyles.Float, CultureInfo.InvariantCulture, out var number);
        value = isNumber ? TemplateValue.Of(number) : default;
        return isNumber;
    }

    /// <summary>Gets a whole number that an argument must be.</summary>
    /// <exception cref="TemplateException">It is none.</exception>
    internal static long Whole(TemplateValue value)
    {
        if (value.Kind == TemplateValueKind.Text && TryRead(value.AsText, out var read))
        {
            value = read;
        }

        return value.Kind switch
        {
            TemplateValueKind.Integer => value.AsInteger,
            TemplateValueKind.Float => Truncated(value.AsFloat),
            _ => throw new TemplateException($"{TemplateException.Show(value)} is not a whole number"),
        };
    }

    /// <summary>Gets the whole part of a number, of other values 0: the ends of a range.</summary>
    internal static long RangeEnd(TemplateValue value)
    {
        var number = Of(value);
        return number.Kind == TemplateValueKind.Float ? Truncated(number.AsFloat) : number.AsInteger;
    }

    internal static double Double(TemplateValue number) =>
        number.Kind == TemplateValueKind.Float ? number.AsFloat : number.AsInteger;

    internal static TemplateValue Calculate(char sign, TemplateValue left, TemplateValue right)
    {
        var (a, b) = (Of(left), Of(right));
        if (a.Kind == TemplateValueKind.Integer && b.Kind == TemplateValueKind.Integer)
        {
            return Integers(sign, a.AsInteger, b.AsInteger);
        }

        var (x, y) = (Double(a), Double(b));
        return sign is '/' or '%' && y == 0 ? throw DividedByZero() : Finite(Fractions(sign, x, y));
    }

    internal static TemplateValue Rounded(TemplateValue value, Func<double, double> round)
    {
        var number = Of(value);
        return number.Kind == TemplateValueKind.Integer ? number : TemplateValue.Of(Truncated(round(number.AsFloat)));
    }

    internal static TemplateValue Round(TemplateValue value, long digits)
    {
        var number = Of(value);
        if (digits > 0)
        {
            return number.Kind == TemplateValueKind.Integer
                ? number
                : TemplateValue.Of(RoundFraction(number.AsFloat, (int)Math.Min(digits, 15)));
        }

        var scale = Math.Pow(10, Math.Min(-digits, 18));
        return TemplateValue.Of(Truncated(Math.Round(Double(number) / scale, MidpointRounding.AwayFromZero) * scale));
    }

    internal static TemplateException DividedByZero() => new("a number is divided by zero");

    private static TemplateValue OfText(string text)
    {
        if (TryRead(text, out var number))
        {
            return number;
        }

        var trimmed = text.AsSpan().Trim();
        var end = trimmed is ['-', ..] ? 1 : 0;
        while (end < trimmed.Length && char.IsAsciiDigit(trimmed[end]))
        {
            end++;
        }

        _ = long.TryParse(trimmed[..end], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole);
        return TemplateValue.Of(whole);
    }

    private static TemplateValue Integers(char sign, long a, long b)
    {
        if (sign is '/' or '%')
        {
            if (b == 0)
            {
                throw DividedByZero();
            }

            // Toward the lower number, as Liquid divides.
            var (quotient, rest) = Int128.DivRem(a, b);
            var floor = rest != 0 && (rest < 0) != (b < 0) ? quotient - 1 : quotient;
            return Integer(sign == '/' ? floor : a - (floor * b));
        }

        return Integer(sign switch
        {
            '+' => (Int128)a + b,
            '-' => (Int128)a - b,
            _ => (Int128)a * b,
        });
    }

    private static TemplateValue Integer(Int128 number) =>
        number >= long.MinValue && number <= long.MaxValue ? TemplateValue.Of((long)number) : TemplateValue.Of((double)number);

    private static double Fractions(char sign, double x, double y)
    {
        if (sign == '/')
        {
            return x / y;
        }

        if (Math.Max(Math.Abs(x), Math.Abs(y)) > DecimalMax)
        {
            return sign switch
            {
                '+' => x + y,
                '-' => x - y,
                '%' => x - (Math.Floor(x / y) * y),
                _ => x * y,
            };
        }

        var (a, b) = ((decimal)x, (decimal)y);
        return (double)(sign switch
        {
            '+' => a + b,
            '-' => a - b,
            '%' => b == 0 ? throw DividedByZero() : a - (Math.Floor(a / b) * b),
            _ => a * b,
        });
    }

    private static double RoundFraction(double number, int digits)
    {
        return Math.Abs(number) < DecimalMax
            ? (double)Math.Round((decimal)number, digits, MidpointRounding.AwayFromZero)
            : number;
    }

    private static TemplateValue Finite(double number) =>
        double.IsFinite(number) ? TemplateValue.Of(number) : throw new TemplateException("a number is too large");

    private static long Truncated(double number) =>
        Math.Abs(number) < 9e18 ? (long)number : throw new TemplateException("a number is too large");
}
