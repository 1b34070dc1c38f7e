using System.Text;

namespace Klaviyo;

/// <summary>Tells text from what only looks like it: half of a surrogate pair that stands alone is no character.</summary>
/// <remarks>
/// UTF-8 has no form for it, so two texts that differ in such halves only would be one text in the log: one name with two codes, one
/// identifier of two profiles.
/// </remarks>
/// <threadsafety>Stateless.</threadsafety>
internal static class WellFormedText
{
    /// <summary>What is said of a text that is none.</summary>
    internal const string Missing = "It has half of a surrogate pair alone, which is no character.";

    /// <summary>Tells whether a text is made of whole characters.</summary>
    /// <remarks>Nearly all texts have no pair at all, which is seen at 16 characters and more a step.</remarks>
    internal static bool Is(ReadOnlySpan<char> text)
    {
        var first = text.IndexOfAnyInRange('\ud800', '\udfff');
        return first < 0 || IsFrom(text[first..]);
    }

    private static bool IsFrom(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var length) != System.Buffers.OperationStatus.Done)
            {
                return false;
            }

            text = text[length..];
        }

        return true;
    }
}
