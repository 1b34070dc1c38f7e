using System.Text;

namespace Klaviyo.Flows.Interpreter;

/// <summary>As much of a text from elsewhere as a record keeps: somebody may have answered with a whole page, or with half a character.</summary>
internal static class BriefText
{
    private const int CharsMax = 2000;

    /// <summary>Gets what an exception is and says; where it says nothing, or fails to, what it is.</summary>
    internal static string Of(Exception fault)
    {
        var name = fault.GetType().Name;
        try
        {
            return fault.Message is { Length: > 0 } message ? Of($"{name}: {message}") : name;
        }
#pragma warning disable CA1031 // The message of an exception of the host is code of the host.
        catch (Exception)
#pragma warning restore CA1031
        {
            return name;
        }
    }

    /// <summary>Gets a text, cut off where it is too long.</summary>
    internal static string Of(string text)
    {
        var brief = text.Length <= CharsMax ? text
            : string.Concat(text.AsSpan(0, CharsMax - (char.IsHighSurrogate(text[CharsMax - 2]) ? 2 : 1)), "…");
        return brief.AsSpan().ContainsAnyInRange('\ud800', '\udfff') ? Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(brief)) : brief;
    }
}
