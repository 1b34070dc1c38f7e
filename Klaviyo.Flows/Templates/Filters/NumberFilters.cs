using System.Globalization;

namespace Klaviyo.Flows.Templates.Filters;

/// <summary>Filters that count.</summary>
internal static class NumberFilters
{
    internal static IReadOnlyList<TemplateFilter> All { get; } =
    [
        Calculation("plus", '+'),
        Calculation("minus", '-'),
        Calculation("times", '*'),
        Calculation("divided_by", '/'),
        Calculation("modulo", '%'),
        new("abs", 0, 0, static (in FilterContext _, TemplateValue value, ReadOnlySpan<TemplateValue> _) => Absolute(value)),
        new("ceil", 0, 0, static (in FilterContext _, TemplateValue value, ReadOnlySpan<TemplateValue> _) =>
            TemplateNumber.Rounded(value, Math.Ceiling)),
        new("floor", 0, 0, static (in FilterContext _, TemplateValue value, ReadOnlySpan<TemplateValue> _) =>
            TemplateNumber.Rounded(value, Math.Floor)),
        new("round", 0, 1, static (in FilterContext _, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            TemplateNumber.Round(value, arguments is [{ IsNil: false } digits] ? TemplateNumber.RangeEnd(digits) : 0)),
        new("at_least", 1, 1, static (in FilterContext _, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            Bound(value, arguments[0], least: true)),
        new("at_most", 1, 1, static (in FilterContext _, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            Bound(value, arguments[0], least: false)),
        new("floatformat", 0, 1, FloatFormat),
    ];

    private static TemplateFilter Calculation(string name, char sign)
    {
        return new TemplateFilter(
            name, 1, 1, (in FilterContext _, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
                TemplateNumber.Calculate(sign, value, arguments[0]));
    }

    private static TemplateValue Absolute(TemplateValue value)
    {
        var number = TemplateNumber.Of(value);
        return number.Kind == TemplateValueKind.Float
            ? TemplateValue.Of(Math.Abs(number.AsFloat))
            : TemplateValue.Of(number.AsInteger == long.MinValue ? long.MaxValue : Math.Abs(number.AsInteger));
    }

    private static TemplateValue Bound(TemplateValue value, TemplateValue bound, bool least)
    {
        var (number, limit) = (TemplateNumber.Of(value), TemplateNumber.Of(bound));
        var isBelow = TemplateNumber.Double(number) < TemplateNumber.Double(limit);
        return isBelow == least ? limit : number;
    }

    // Django's, which Klaviyo's templates are used to: so many digits behind the point; with a minus, none where all are zero.
    private static TemplateValue FloatFormat(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        var asked = arguments.Length > 0 ? TemplateNumber.RangeEnd(arguments[0]) : -1;
        var digits = (int)Math.Min(Math.Abs(asked), 15);
        var number = TemplateNumber.Double(TemplateNumber.Round(TemplateValue.Of(TemplateNumber.Double(TemplateNumber.Of(value))), digits));
        var isWhole = Math.Floor(number) == number;
        return TemplateValue.Of(number.ToString(asked < 0 && isWhole ? "F0" : $"F{digits}", CultureInfo.InvariantCulture));
    }
}
