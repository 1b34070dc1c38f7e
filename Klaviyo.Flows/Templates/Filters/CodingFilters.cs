using System.Text;

namespace Klaviyo.Flows.Templates.Filters;

/// <summary>Filters that write text for a place: HTML, URLs, JSON, Base64.</summary>
internal static class CodingFilters
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal static IReadOnlyList<TemplateFilter> All { get; } =
    [
        new("escape", 0, 0, Escape),
        new("h", 0, 0, Escape),
        new("escape_once", 0, 0, static (in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> _) =>
            value.IsNil ? value : Html(call.Run, value, EscapeOnce(value.Text(call.Run)))),
        new("safe", 0, 0, Safe),
        new("raw", 0, 0, Safe),
        new("json", 0, 0, Json),
        new("newline_to_br", 0, 0, NewlineToBreak),
        new("linebreaksbr", 0, 0, NewlineToBreak),
        TextFilters.OfText("strip_html", StripHtml),
        TextFilters.OfText("striptags", StripHtml),
        TextFilters.OfText("url_encode", UrlEncode),
        TextFilters.OfText("url_decode", UrlDecode),
        TextFilters.OfText("base64_encode", ToBase64),
        TextFilters.OfText("base64_decode", t => FromBase64(t, "base64_decode")),
        TextFilters.OfText("base64_url_safe_encode", t => ToBase64(t).Replace('+', '-').Replace('/', '_')),
        TextFilters.OfText("base64_url_safe_decode", t => FromBase64(t.Replace('-', '+').Replace('_', '/'), "base64_url_safe_decode")),
    ];

    private static TemplateValue Escape(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
        value.IsNil || value.IsSafe ? value : Html(call.Run, value, TemplateText.Html(value.Text(call.Run)));

    // Text of HTML is not yet part of a JSON string: there it is escaped like any other.
    private static TemplateValue Html(TemplateRun run, in TemplateValue value, string text) =>
        run.Escape != TemplateEscape.Json || value.IsSafe ? TemplateValue.Safe(text) : TemplateValue.Of(text);

    private static TemplateValue Safe(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments) =>
        value.IsNil ? value : TemplateValue.Safe(value.Text(call.Run));

    // In a JSON body the document is put in as it is; elsewhere it is text like any other.
    private static TemplateValue Json(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        var text = value.Json(call.Run);
        return call.Run.Escape == TemplateEscape.Json ? TemplateValue.Safe(text) : TemplateValue.Of(text);
    }

    private static TemplateValue NewlineToBreak(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        var text = value.Text(call.Run);
        text = value.IsSafe ? text : TemplateText.Escape(text, call.Run.Escape);
        return TemplateValue.Safe(
            text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace("\n", "<br />\n", StringComparison.Ordinal));
    }

    private static string EscapeOnce(string text)
    {
        var output = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var length = text[i] == '&' ? EntityLength(text.AsSpan(i)) : 0;
            _ = length > 0 ? output.Append(text, i, length) : output.Append(TemplateText.Html(text[i].ToString()));
            i += Math.Max(length - 1, 0);
        }

        return output.ToString();
    }

    private static int EntityLength(ReadOnlySpan<char> text)
    {
        const int NameMax = 32;
        var isNumber = text.Length > 1 && text[1] == '#';
        var at = isNumber ? 2 : 1;
        while (at < text.Length && at < NameMax && (isNumber ? char.IsAsciiDigit(text[at]) : char.IsAsciiLetter(text[at])))
        {
            at++;
        }

        return at > (isNumber ? 2 : 1) && at < text.Length && text[at] == ';' ? at + 1 : 0;
    }

    // Walks once: what a script, a style or a comment holds goes with it, of other tags only the tag.
    private static string StripHtml(string text)
    {
        var output = new StringBuilder(text.Length);
        var at = 0;
        while (at < text.Length)
        {
            var open = text.IndexOf('<', at);
            var close = open < 0 ? -1 : Behind(text, open);
            if (close < 0)
            {
                break;
            }

            output.Append(text, at, open - at);
            at = close;
        }

        return output.Append(text, at, text.Length - at).ToString();
    }

    private static int Behind(string text, int open)
    {
        foreach (var (start, end) in (ReadOnlySpan<(string, string)>)[("<script", "</script>"), ("<style", "</style>"), ("<!--", "-->")])
        {
            if (string.Compare(text, open, start, 0, start.Length, StringComparison.OrdinalIgnoreCase) == 0)
            {
                var found = text.IndexOf(end, open, StringComparison.OrdinalIgnoreCase);
                if (found >= 0)
                {
                    return found + end.Length;
                }
            }
        }

        var close = text.IndexOf('>', open);
        return close < 0 ? -1 : close + 1;
    }

    private static string UrlEncode(string text) => Uri.EscapeDataString(text).Replace("%20", "+", StringComparison.Ordinal);

    private static string UrlDecode(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));

    // Half a character, which a filter may have cut off, becomes the sign for it, as in a URL. Bytes that are no text are refused.
    private static string ToBase64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static string FromBase64(string text, string filter)
    {
        try
        {
            return Utf8.GetString(Convert.FromBase64String(text));
        }
        catch (Exception failure) when (failure is FormatException or ArgumentException)
        {
            throw new TemplateException($"'{filter}' does not fit {TemplateException.Show(TemplateValue.Of(text))}: it is not Base64");
        }
    }
}
