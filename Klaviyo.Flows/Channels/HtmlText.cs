using System.Net;
using System.Text;

namespace Klaviyo.Channels;

/// <summary>The text of an HTML mail, for programs that show no HTML.</summary>
/// <remarks>Walks once over it. Paragraphs, rows and items become lines; a link is followed by its address.</remarks>
internal static class HtmlText
{
    private static readonly string[] Hidden = ["script", "style", "head", "title"];
    private static readonly string[] Lines = ["br", "tr", "li", "div", "h1", "h2", "h3", "h4", "h5", "h6", "table", "ul", "ol", "hr"];

    internal static string Of(string html)
    {
        var output = new StringBuilder(html.Length);
        var links = new Stack<string>();
        for (var at = 0; at < html.Length;)
        {
            var open = html.IndexOf('<', at);
            AppendText(output, html.AsSpan(at, (open < 0 ? html.Length : open) - at));
            if (open < 0)
            {
                break;
            }

            at = Tag(html, open, output, links);
        }

        return Tidied(output);
    }

    // Writes what a tag means, and returns where the text goes on.
    private static int Tag(string html, int open, StringBuilder output, Stack<string> links)
    {
        if (string.CompareOrdinal(html, open, "<!--", 0, 4) == 0)
        {
            return Behind(html, html.IndexOf("-->", open, StringComparison.Ordinal), 3);
        }

        var close = html.IndexOf('>', open);
        if (close < 0)
        {
            return html.Length;
        }

        var tag = html.AsSpan(open + 1, close - open - 1);
        var isEnd = tag is ['/', ..];
        var name = Name(isEnd ? tag[1..] : tag);
        if (!isEnd && Array.IndexOf(Hidden, name) >= 0)
        {
            return Behind(html, html.IndexOf($"</{name}", close, StringComparison.OrdinalIgnoreCase), 0);
        }

        if (name == "p")
        {
            output.Append("\n\n");
        }
        else if (Array.IndexOf(Lines, name) >= 0 && (!isEnd || name[0] is 'd' or 't' or 'h' or 'u' or 'o'))
        {
            output.Append(name == "li" ? "\n- " : "\n");
        }
        else if (name == "td" && isEnd)
        {
            output.Append(' ');
        }
        else if (name == "a" && !isEnd)
        {
            links.Push(Attribute(tag, "href"));
        }
        else if (name == "a" && links.TryPop(out var link) && link.Length > 0 && !EndsWith(output, link))
        {
            output.Append(" (").Append(link).Append(')');
        }
        else if (name == "img" && Attribute(tag, "alt") is { Length: > 0 } alt)
        {
            output.Append(alt);
        }

        return close + 1;
    }

    private static int Behind(string html, int found, int length) => found < 0 ? html.Length : found + length;

    private static string Name(ReadOnlySpan<char> tag)
    {
        var end = 0;
        while (end < tag.Length && char.IsAsciiLetterOrDigit(tag[end]))
        {
            end++;
        }

        return tag[..end].ToString().ToLowerInvariant();
    }

    private static string Attribute(ReadOnlySpan<char> tag, string name)
    {
        var at = tag.IndexOf($"{name}=", StringComparison.OrdinalIgnoreCase);
        if (at < 0)
        {
            return "";
        }

        var value = tag[(at + name.Length + 1)..];
        var isQuoted = value is ['"' or '\'', ..];
        var end = isQuoted ? value[1..].IndexOf(value[0]) : value.IndexOf(' ');
        value = isQuoted ? value[1..] : value;
        return WebUtility.HtmlDecode((end < 0 ? value : value[..end]).ToString());
    }

    private static void AppendText(StringBuilder output, ReadOnlySpan<char> text)
    {
        var decoded = WebUtility.HtmlDecode(text.ToString());
        foreach (var character in decoded)
        {
            if (!char.IsWhiteSpace(character))
            {
                output.Append(character);
            }
            else if (output.Length > 0 && output[^1] is not (' ' or '\n'))
            {
                output.Append(' ');
            }
        }
    }

    private static bool EndsWith(StringBuilder output, string text) =>
        output.Length >= text.Length && output.ToString(output.Length - text.Length, text.Length) == text;

    // No spaces at the ends of lines, no more than one empty line.
    private static string Tidied(StringBuilder text)
    {
        var lines = text.ToString().Split('\n').Select(l => l.Trim()).ToList();
        var kept = lines.Where((line, i) => line.Length > 0 || (i > 0 && lines[i - 1].Length > 0));
        return string.Join('\n', kept).Trim();
    }
}
