using System.Text.Unicode;
using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Records;

/// <summary>The short strings that were read lately, so that reading the same text again makes no new string.</summary>
/// <remarks>
/// Values that one filters by repeat: cities, categories, currencies. One place a hash, no chains: a text that shares its
/// place with another is made anew, which is what would happen without any of this.
/// </remarks>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class RecentTexts
{
    private const int Places = 1024;
    private const int LengthMax = 64;
    private readonly string?[] _places = new string?[Places];

    /// <summary>Gets a text that stands in UTF-8.</summary>
    internal string Of(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length is 0 or > LengthMax)
        {
            return System.Text.Encoding.UTF8.GetString(utf8);
        }

        Span<char> characters = stackalloc char[LengthMax];
        _ = Utf8.ToUtf16(utf8, characters, out _, out var count);
        var text = characters[..count];
        ref var place = ref _places[PlaceOf(utf8)];
        return place is not null && text.SequenceEqual(place) ? place : place = new string(text);
    }

    private static int PlaceOf(ReadOnlySpan<byte> utf8)
    {
        var hash = Crc32C.Of(utf8);
        return (int)((hash ^ (hash >> 16)) & (Places - 1));
    }
}
