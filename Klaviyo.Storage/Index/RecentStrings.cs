using System.Numerics;
using System.Text;

namespace Klaviyo.Storage.Index;

/// <summary>Turns UTF-8 into strings, and gives the same string again for what was asked lately.</summary>
/// <remarks>
/// Cities and plans are few, and a walk over all profiles asks for them a million times. 1024 places by hash, each with the
/// last string that fell there; long ones are not kept, so it never holds more than some 64 KiB.
/// </remarks>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class RecentStrings
{
    private const int Places = 1024;
    private const int BytesMax = 32;
    private readonly string?[] _strings = new string?[Places];

    internal string Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > BytesMax)
        {
            return Encoding.UTF8.GetString(utf8);
        }

        ref var place = ref _strings[Hash(utf8) % Places];
        if (place is null || !IsSame(place, utf8))
        {
            place = Encoding.UTF8.GetString(utf8);
        }

        return place;
    }

    private static uint Hash(ReadOnlySpan<byte> utf8)
    {
        var hash = (uint)utf8.Length;
        foreach (var b in utf8)
        {
            hash = BitOperations.Crc32C(hash, b);
        }

        return hash;
    }

    private static bool IsSame(string text, ReadOnlySpan<byte> utf8)
    {
        Span<byte> bytes = stackalloc byte[3 * BytesMax];
        return text.Length <= BytesMax && utf8.SequenceEqual(bytes[..Encoding.UTF8.GetBytes(text, bytes)]);
    }
}
