using System.Text;
using System.Text.Encodings.Web;

namespace Klaviyo.Flows.Templates;

/// <summary>What text becomes where it is put in.</summary>
internal static class TemplateText
{
    internal static string Escape(string text, TemplateEscape escape)
    {
        return escape switch
        {
            TemplateEscape.Html => Html(text),
            TemplateEscape.Json => JavaScriptEncoder.Default.Encode(text),
            _ => text,
        };
    }

    /// <summary>Escapes what has a meaning in HTML; letters of all languages stay as they are.</summary>
    internal static string Html(string text)
    {
        if (!text.AsSpan().ContainsAny("&<>\"'"))
        {
            return text;
        }

        var output = new StringBuilder(text.Length + 16);
        foreach (var character in text)
        {
            _ = character switch
            {
                '&' => output.Append("&amp;"),
                '<' => output.Append("&lt;"),
                '>' => output.Append("&gt;"),
                '"' => output.Append("&quot;"),
                '\'' => output.Append("&#39;"),
                _ => output.Append(character),
            };
        }

        return output.ToString();
    }
}
