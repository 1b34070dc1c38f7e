using System.Text;

namespace Klaviyo.Flows.Interpreter;

/// <summary>As much of a text from elsewhere as a record keeps: somebody may have answered with a whole page, or with half a character.</summary>
internal static class BriefText
{
    private const int CharsMax = 2000;

    internal static string Of(string text)
    {
        var brief = text.Length <= CharsMax ? text
            : string.Concat(text.AsSpan(0, CharsMax - (char.IsHighSurrogate(text[CharsMax - 2]) ? 2 : 1)), "…");
        return brief.AsSpan().ContainsAnyInRange('\ud800', '\udfff') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(brief)) : brief;
    }
}
