using System.Globalization;
using System.Text;

namespace Klaviyo.Flows.Templates.Filters;

/// <summary>Filters that Klaviyo's templates have of Django, and Liquid has not.</summary>
internal static class DjangoFilters
{
    internal static IReadOnlyList<TemplateFilter> All { get; } =
    [
        new("add", 1, 1, Add),
        TextFilters.OfText("capfirst", t => t.Length == 0 ? t : char.ToUpperInvariant(t[0]) + t[1..]),
        new("cut", 1, 1, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            TemplateValue.Of(call.Text(arguments, 0) is { Length: > 0 } part
                ? value.Text(call.Run).Replace(part, "", StringComparison.Ordinal)
                : value.Text(call.Run))),
        new("default_if_none", 1, 1, static (in FilterContext _, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            value.IsNil ? arguments[0] : value),
        new("divisibleby", 1, 1, static (in FilterContext _, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            TemplateValue.Of(TemplateNumber.Double(TemplateNumber.Calculate('%', value, arguments[0])) == 0)),
        TextFilters.OfText("intcomma", IntComma),
        new("pluralize", 0, 1, Pluralize),
        new("truncatechars", 1, 1, TruncateChars),
        TextFilters.OfText("urlencode", t => Uri.EscapeDataString(t).Replace("%2F", "/", StringComparison.Ordinal)),
        new("wordcount", 0, 0, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> _) =>
            TemplateValue.Of((long)TextFilters.Words(value.Text(call.Run)).Length)),
        new("yesno", 0, 1, YesNo),
    ];

    /// <summary>Takes a part by Python's bounds: <c>:2</c>, <c>-3:</c>, <c>1:4</c>.</summary>
    internal static TemplateValue Slice(in FilterContext call, TemplateValue value, string bounds)
    {
        var parts = bounds.Split(':');
        if (parts.Length != 2)
        {
            throw new TemplateException($"'slice' takes bounds such as '1:3', not {TemplateException.Show(TemplateValue.Of(bounds))}");
        }

        var isList = value.Kind is TemplateValueKind.List or TemplateValueKind.Range;
        var text = isList ? "" : value.Text(call.Run);
        var count = isList ? value.Count : text.Length;
        var first = Bound(parts[0], 0, count);
        var taken = Math.Max(0, Bound(parts[1], count, count) - first);
        return isList
            ? TemplateValue.Of((IReadOnlyList<TemplateValue>)[.. value.Items().Skip(first).Take(taken)])
            : TemplateValue.Of(text.Substring(first, taken));
    }

    private static int Bound(string text, int otherwise, int count)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            return otherwise;
        }

        return long.TryParse(text, NumberStyles.Integer, CultureInfo.InvariantCulture, out var number)
            ? (int)Math.Clamp(number < 0 ? number + count : number, 0, count)
            : throw new TemplateException($"'slice' takes whole numbers, not {TemplateException.Show(TemplateValue.Of(text))}");
    }

    // Numbers are added, anything else is put together.
    private static TemplateValue Add(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        return IsNumber(value) && IsNumber(arguments[0])
            ? TemplateNumber.Calculate('+', value, arguments[0])
            : TemplateValue.Of(value.Text(call.Run) + call.Text(arguments, 0));
    }

    private static bool IsNumber(in TemplateValue value)
    {
        return value.Kind is TemplateValueKind.Integer or TemplateValueKind.Float
            || (value.Kind == TemplateValueKind.Text && TemplateNumber.TryRead(value.AsText, out _));
    }

    private static string IntComma(string number)
    {
        var first = number.StartsWith('-') ? 1 : 0;
        var end = number.IndexOf('.', StringComparison.Ordinal) is >= 0 and var point ? point : number.Length;
        if (end == first || number.AsSpan(first, end - first).IndexOfAnyExceptInRange('0', '9') >= 0)
        {
            return number;
        }

        var output = new StringBuilder(number);
        for (var place = end - 3; place > first; place -= 3)
        {
            output.Insert(place, ',');
        }

        return output.ToString();
    }

    private static TemplateValue Pluralize(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        var endings = call.Text(arguments, 0, "s").Split(',');
        var (one, many) = endings.Length > 1 ? (endings[0], endings[1]) : ("", endings[0]);
        var isOne = value.Kind is TemplateValueKind.List or TemplateValueKind.Range
            ? value.Count == 1
            : TemplateNumber.Double(TemplateNumber.Of(value)) == 1;
        return TemplateValue.Of(isOne ? one : many);
    }

    private static TemplateValue TruncateChars(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        var (text, most) = (value.Text(call.Run), TemplateNumber.RangeEnd(arguments[0]));
        return TemplateValue.Of(text.Length <= most ? text : most < 1 ? "" : text[..(int)(most - 1)].TrimEnd() + "…");
    }

    private static TemplateValue YesNo(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        var words = call.Text(arguments, 0, "yes,no,maybe").Split(',');
        return words.Length < 2
            ? value
            : TemplateValue.Of(value.IsTruthy ? words[0] : value.IsNil && words.Length > 2 ? words[2] : words[1]);
    }
}
