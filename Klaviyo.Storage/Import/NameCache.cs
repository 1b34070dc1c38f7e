using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace Klaviyo.Storage.Import;

/// <summary>Gives the same string for the same bytes: names of properties and metrics come again in every
/// record.</summary>
/// <remarks>
/// Direct-mapped: a name has one slot, and a newcomer takes it over. So memory is bounded whatever is sent, and a miss
/// costs no more than making the string.
/// </remarks>
/// <threadsafety>For one reader.</threadsafety>
/// <param name="slots">How many strings are kept at most, a power of two.</param>
internal sealed class NameCache(int slots)
{
    private const int LengthMax = 64;

    private readonly Entry[] _entries = new Entry[slots];

    /// <summary>Gets the string.</summary>
    /// <returns>Null where the bytes are not UTF-8.</returns>
    internal string? Get(ReadOnlySpan<byte> utf8)
    {
        if (utf8.Length > LengthMax)
        {
            return Decode(utf8);
        }

        ref var entry = ref _entries[Hash(utf8) & (uint)(_entries.Length - 1)];
        if (entry.Text is not null && utf8.SequenceEqual(entry.Utf8))
        {
            return entry.Text;
        }

        var text = Decode(utf8);
        if (text is not null)
        {
            entry = new Entry(utf8.ToArray(), text);
        }

        return text;
    }

    /// <summary>Makes a string of bytes, without a cache.</summary>
    /// <returns>Null where the bytes are not UTF-8.</returns>
    internal static string? Decode(ReadOnlySpan<byte> utf8) =>
        Utf8.IsValid(utf8) ? Encoding.UTF8.GetString(utf8) : null;

    private static uint Hash(ReadOnlySpan<byte> bytes)
    {
        const ulong Odd = 0x9E37_79B9_7F4A_7C15;
        unchecked
        {
            var hash = (ulong)bytes.Length;
            while (bytes.Length >= sizeof(ulong))
            {
                hash = (hash ^ BinaryPrimitives.ReadUInt64LittleEndian(bytes)) * Odd;
                bytes = bytes[sizeof(ulong)..];
            }

            foreach (var b in bytes)
            {
                hash = (hash ^ b) * Odd;
            }

            return (uint)(hash >> 40);
        }
    }

    private readonly record struct Entry(byte[] Utf8, string Text);
}
