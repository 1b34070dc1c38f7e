using System.Globalization;
using System.Text;

namespace Klaviyo.Flows.Templates.Filters;

/// <summary>Filters that make text from text.</summary>
internal static class TextFilters
{
    private const int TruncateDefault = 50;
    private const int WordsDefault = 15;

    internal static IReadOnlyList<TemplateFilter> All { get; } =
    [
        OfText("upcase", t => t.ToUpperInvariant()),
        OfText("upper", t => t.ToUpperInvariant()),
        OfText("downcase", t => t.ToLowerInvariant()),
        OfText("lower", t => t.ToLowerInvariant()),
        OfText("capitalize", Capitalize),
        OfText("title", t => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(t.ToLowerInvariant())),
        OfText("strip", t => t.Trim()),
        OfText("lstrip", t => t.TrimStart()),
        OfText("rstrip", t => t.TrimEnd()),
        OfText("squish", t => string.Join(' ', Words(t))),
        OfText("strip_newlines", t => t.Replace("\r\n", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal)),
        new("append", 1, 1, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            TemplateValue.Of(value.Text(call.Run) + call.Text(arguments, 0))),
        new("prepend", 1, 1, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            TemplateValue.Of(call.Text(arguments, 0) + value.Text(call.Run))),
        new("remove", 1, 1, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            TemplateValue.Of(Removed(value.Text(call.Run), call.Text(arguments, 0)))),
        new("remove_first", 1, 1, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            TemplateValue.Of(ReplaceOne(call, value, arguments, "", last: false))),
        new("remove_last", 1, 1, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            TemplateValue.Of(ReplaceOne(call, value, arguments, "", last: true))),
        new("replace", 1, 2, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            TemplateValue.Of(Replaced(call.Run, value.Text(call.Run), call.Text(arguments, 0), call.Text(arguments, 1)))),
        new("replace_first", 1, 2, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            TemplateValue.Of(ReplaceOne(call, value, arguments, call.Text(arguments, 1), last: false))),
        new("replace_last", 2, 2, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
            TemplateValue.Of(ReplaceOne(call, value, arguments, call.Text(arguments, 1), last: true))),
        new("truncate", 0, 2, Truncate),
        new("truncatewords", 0, 2, TruncateWords),
        new("split", 1, 1, Split),
    ];

    /// <summary>Gets the words between white space.</summary>
    internal static string[] Words(string text) => text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    internal static TemplateFilter OfText(string name, Func<string, string> change)
    {
        return new TemplateFilter(
            name, 0, 0, (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> _) => value.IsNil
                ? value
                : TemplateValue.Of(change(value.Text(call.Run))));
    }

    private static string Capitalize(string text) =>
        text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text[1..].ToLowerInvariant();

    private static string Removed(string text, string part) =>
        part.Length == 0 ? text : text.Replace(part, "", StringComparison.Ordinal);

    // By hand, because the result may be much longer than the text: it is charged as it grows.
    private static string Replaced(TemplateRun run, string text, string from, string to)
    {
        var output = new StringBuilder();
        for (var at = 0; ;)
        {
            var next = from.Length == 0 ? at : text.IndexOf(from, at, StringComparison.Ordinal);
            var behind = next < 0 ? text.Length : next + Math.Max(from.Length, 1);
            if (next < 0)
            {
                return output.Append(text, at, text.Length - at).ToString();
            }

            run.Charge(to.Length);
            output.Append(text, at, next - at).Append(to);
            if (from.Length == 0)
            {
                if (next == text.Length)
                {
                    return output.ToString();
                }

                output.Append(text[next]);
            }

            at = behind;
        }
    }

    private static string ReplaceOne(
        in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments, string to, bool last)
    {
        var (text, from) = (value.Text(call.Run), call.Text(arguments, 0));
        var at = last ? text.LastIndexOf(from, StringComparison.Ordinal) : text.IndexOf(from, StringComparison.Ordinal);
        return at < 0 ? text : string.Concat(text.AsSpan(0, at), to, text.AsSpan(at + from.Length));
    }

    private static TemplateValue Truncate(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        var text = value.Text(call.Run);
        var length = arguments.Length > 0 ? TemplateNumber.Whole(arguments[0]) : TruncateDefault;
        var end = call.Text(arguments, 1, "...");
        return value.IsNil || text.Length <= length
            ? value
            : TemplateValue.Of(string.Concat(text.AsSpan(0, (int)Math.Clamp(length - end.Length, 0, text.Length)), end));
    }

    private static TemplateValue TruncateWords(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        var count = (int)Math.Clamp(arguments.Length > 0 ? TemplateNumber.Whole(arguments[0]) : WordsDefault, 1, int.MaxValue);
        var words = Words(value.Text(call.Run));
        return value.IsNil || words.Length <= count
            ? value
            : TemplateValue.Of(string.Join(' ', words.Take(count)) + call.Text(arguments, 1, "..."));
    }

    private static TemplateValue Split(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        var (text, separator) = (value.Text(call.Run), call.Text(arguments, 0));
        var parts = separator switch
        {
            "" => [.. text.Select(c => c.ToString())],
            " " => Words(text),
            _ => text.Split(separator, StringSplitOptions.None),
        };

        // Nothing behind the last separators.
        var count = parts.Length;
        while (count > 0 && parts[count - 1].Length == 0)
        {
            count--;
        }

        call.Run.Charge(count);
        return TemplateValue.Of((IReadOnlyList<TemplateValue>)[.. parts.Take(count).Select(TemplateValue.Of)]);
    }
}
