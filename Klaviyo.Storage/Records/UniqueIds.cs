using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Klaviyo.Storage.Records;

/// <summary>Hashes of unique ids: what a timeline keeps of them.</summary>
/// <remarks>Equal hashes only say "look": the record itself then tells whether it is the same id.</remarks>
internal static class UniqueIds
{
    /// <summary>Hashes a unique id in UTF-8.</summary>
    /// <returns>0 for none, never 0 for one.</returns>
    internal static uint Hash(ReadOnlySpan<byte> utf8)
    {
        if (utf8.IsEmpty)
        {
            return 0;
        }

        var hash = 0x9E3779B9u;
        for (; utf8.Length >= sizeof(ulong); utf8 = utf8[sizeof(ulong)..])
        {
            hash = BitOperations.Crc32C(hash, BinaryPrimitives.ReadUInt64LittleEndian(utf8));
        }

        foreach (var b in utf8)
        {
            hash = BitOperations.Crc32C(hash, b);
        }

        // CRC is linear: ids that differ in few bits would share low bits without the last turn.
        hash = unchecked((hash ^ (hash >> 15)) * 0x85EBCA6Bu);
        return hash == 0 ? 1 : hash;
    }

    /// <summary>Hashes a unique id.</summary>
    internal static uint Hash(string? uniqueId)
    {
        if (string.IsNullOrEmpty(uniqueId))
        {
            return 0;
        }

        const int OnStack = 256;
        var size = Encoding.UTF8.GetMaxByteCount(uniqueId.Length);
        var bytes = size <= OnStack ? stackalloc byte[OnStack] : new byte[size];
        return Hash(bytes[..Encoding.UTF8.GetBytes(uniqueId, bytes)]);
    }
}
