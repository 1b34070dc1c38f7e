using System.Globalization;
using System.Text;
using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Templates;

/// <summary>A value inside a template: what Liquid knows beyond a property.</summary>
/// <remarks>
/// Whole numbers and numbers with a fraction are two kinds, because Liquid divides and writes them differently; a stored
/// number without a fraction is a whole one. The default value is nil.
/// </remarks>
internal readonly struct TemplateValue
{
    private readonly long _bits;
    private readonly object? _reference;

    private TemplateValue(TemplateValueKind kind, long bits, object? reference, bool isSafe = false)
    {
        Kind = kind;
        _bits = bits;
        _reference = reference;
        IsSafe = isSafe;
    }

    internal static TemplateValue Nil => default;

    internal static TemplateValue Empty => new(TemplateValueKind.Empty, 0, null);

    internal static TemplateValue Blank => new(TemplateValueKind.Blank, 0, null);

    internal TemplateValueKind Kind { get; }

    /// <summary>Gets whether the text is written as it is, because it was escaped or the author says so.</summary>
    internal bool IsSafe { get; }

    internal bool IsNil => Kind == TemplateValueKind.Nil;

    /// <summary>Gets whether a condition takes it for true: all but nil and false.</summary>
    internal bool IsTruthy => Kind switch
    {
        TemplateValueKind.Nil => false,
        TemplateValueKind.Boolean => AsBoolean,
        _ => true,
    };

    internal bool AsBoolean => _bits != 0;

    internal long AsInteger => _bits;

    internal double AsFloat => BitConverter.Int64BitsToDouble(_bits);

    internal string AsText => (string)_reference!;

    internal Instant AsInstant => Klaviyo.Instant.FromUnixMs(_bits);

    internal (long First, long Last) AsRange => (_bits, (long)_reference!);

    internal static TemplateValue Of(bool value) => new(TemplateValueKind.Boolean, value ? 1 : 0, null);

    internal static TemplateValue Of(long value) => new(TemplateValueKind.Integer, value, null);

    internal static TemplateValue Of(double value) => new(TemplateValueKind.Float, BitConverter.DoubleToInt64Bits(value), null);

    internal static TemplateValue Of(string value) => new(TemplateValueKind.Text, 0, value);

    internal static TemplateValue Safe(string value) => new(TemplateValueKind.Text, 0, value, isSafe: true);

    internal static TemplateValue Of(Instant value) => new(TemplateValueKind.Instant, value.UnixMs, null);

    internal static TemplateValue Of(IReadOnlyList<TemplateValue> items) => new(TemplateValueKind.List, 0, items);

    internal static TemplateValue Of(PropertyMap values) => new(TemplateValueKind.Object, 0, values);

    internal static TemplateValue Of(ITemplateObject values) => new(TemplateValueKind.Object, 0, values);

    internal static TemplateValue Range(long first, long last) => new(TemplateValueKind.Range, first, last);

    internal static TemplateValue Of(PropertyValue value)
    {
        return value.Kind switch
        {
            PropertyKind.Null => Nil,
            PropertyKind.Boolean => Of(value.AsBoolean()),
            PropertyKind.Number => OfNumber(value.AsNumber()),
            PropertyKind.String => Of(value.AsString()),
            PropertyKind.Instant => Of(value.AsInstant()),
            PropertyKind.List => new TemplateValue(TemplateValueKind.List, 0, value.AsList()),
            PropertyKind.Object => Of(value.AsObject()),
            _ => throw new InvalidOperationException($"Unknown kind {value.Kind}."),
        };
    }

    /// <summary>Gets the items of a list or range.</summary>
    /// <remarks>Whoever asks has charged <see cref="Count"/> to the budget: of a range they are made here.</remarks>
    internal IReadOnlyList<TemplateValue> Items()
    {
        switch (_reference)
        {
            case IReadOnlyList<TemplateValue> items:
                return items;
            case IReadOnlyList<PropertyValue> stored:
                var converted = new TemplateValue[stored.Count];
                for (var i = 0; i < converted.Length; i++)
                {
                    converted[i] = Of(stored[i]);
                }

                return converted;
            case long:
                var numbers = new TemplateValue[Count];
                for (var i = 0; i < numbers.Length; i++)
                {
                    numbers[i] = Of(_bits + i);
                }

                return numbers;
            default:
                return [];
        }
    }

    /// <summary>Gets how many characters, items or names there are; 0 for what has none.</summary>
    internal int Count => _reference switch
    {
        string text => text.Length,
        IReadOnlyList<TemplateValue> items => items.Count,
        IReadOnlyList<PropertyValue> items => items.Count,
        PropertyMap values => values.Count,
        long last => (int)Int128.Clamp((Int128)last - _bits + 1, 0, int.MaxValue),
        _ => 0,
    };

    /// <summary>Gets the pairs of an object as lists of name and value, in order.</summary>
    internal IReadOnlyList<TemplateValue> Pairs()
    {
        return _reference is PropertyMap values
            ? [.. values.Select(v => Of((IReadOnlyList<TemplateValue>)[Of(v.Key), Of(v.Value)]))]
            : [];
    }

    /// <summary>Gets a value of an object by name.</summary>
    internal bool TryGet(string name, out TemplateValue value)
    {
        value = default;
        switch (_reference)
        {
            case PropertyMap values when values.TryGetValue(name, out var found):
                value = Of(found);
                return true;
            case ITemplateObject values:
                value = values[name];
                return !value.IsNil;
            default:
                return false;
        }
    }

    /// <summary>Writes the value as a template shows it: nothing for nil, a list without separators, an object as JSON.</summary>
    internal string Text(TemplateRun run)
    {
        Charge(run);
        return Text();
    }

    /// <summary>Writes the value as JSON.</summary>
    internal string Json(TemplateRun run)
    {
        Charge(run);
        return Json();
    }

    // Before it is made: a short list may name one long text very often.
    private void Charge(TemplateRun run)
    {
        run.Charge(_reference is string text ? text.Length : 0);
        switch (Kind)
        {
            case TemplateValueKind.List:
                foreach (var item in Items())
                {
                    item.Charge(run);
                }

                break;
            case TemplateValueKind.Object when _reference is PropertyMap values:
                foreach (var (name, value) in values.AsSpan())
                {
                    run.Charge(name.Length);
                    Of(value).Charge(run);
                }

                break;
            case TemplateValueKind.Range:
                run.Charge(Count);
                break;
            default:
                break;
        }
    }

    private string Text()
    {
        switch (Kind)
        {
            case TemplateValueKind.Boolean:
                return AsBoolean ? "true" : "false";
            case TemplateValueKind.Integer:
                return AsInteger.ToString(CultureInfo.InvariantCulture);
            case TemplateValueKind.Float:
                return FloatText(AsFloat);
            case TemplateValueKind.Text:
                return AsText;
            case TemplateValueKind.Instant:
                return AsInstant.ToString();
            case TemplateValueKind.List:
                return string.Concat(Items().Select(item => item.Text()));
            case TemplateValueKind.Range:
                return $"{AsRange.First}..{AsRange.Last}";
            case TemplateValueKind.Object:
                return Json();
            default:
                return "";
        }
    }

    private string Json()
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            PropertyJson.Write(writer, Property());
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private PropertyValue Property()
    {
        return Kind switch
        {
            TemplateValueKind.Boolean => AsBoolean,
            TemplateValueKind.Integer => (double)AsInteger,
            TemplateValueKind.Float => AsFloat,
            TemplateValueKind.Text => AsText,
            TemplateValueKind.Instant => AsInstant,
            TemplateValueKind.List or TemplateValueKind.Range => Items().Select(item => item.Property()).ToArray(),
            TemplateValueKind.Object when _reference is PropertyMap values => values,
            _ => PropertyValue.Null,
        };
    }

    private static TemplateValue OfNumber(double number)
    {
        const double ExactMax = 1L << 53;
        return Math.Floor(number) == number && Math.Abs(number) <= ExactMax ? Of((long)number) : Of(number);
    }

    private static string FloatText(double number)
    {
        var text = number.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E', 'N') ? text : text + ".0";
    }
}
