using System.Buffers.Binary;
using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Chunks;

/// <summary>The first bytes of a chunk: whose it is, what it covers, where its directory lies.</summary>
/// <remarks>
/// <code>
/// offset  bytes  what
///      0      8  magic KLVCNK01
///      8     16  the store's id
///     24      4  lane
///     28      4  number of metrics
///     32      8  address of the first record
///     40      8  address behind the last
///     48      8  where the directory lies
///     56      4  its length; it ends the file
///     60      4  CRC32C of the header up to here and the directory
/// </code>
/// The layout of the whole file stands in docs/formats/chunk.md.
/// </remarks>
internal readonly record struct ChunkHeader(Guid Store, ChunkRange Range, int Metrics, long DirectoryOffset, int DirectoryBytes)
{
    internal const int Bytes = 64;
    private const int CrcOffset = 60;

    private static ReadOnlySpan<byte> Magic => "KLVCNK01"u8;

    internal void Write(Span<byte> into, ReadOnlySpan<byte> directory)
    {
        Magic.CopyTo(into);
        Store.TryWriteBytes(into[8..]);
        BinaryPrimitives.WriteInt32LittleEndian(into[24..], Range.Lane);
        BinaryPrimitives.WriteInt32LittleEndian(into[28..], Metrics);
        BinaryPrimitives.WriteInt64LittleEndian(into[32..], Range.From);
        BinaryPrimitives.WriteInt64LittleEndian(into[40..], Range.Until);
        BinaryPrimitives.WriteInt64LittleEndian(into[48..], DirectoryOffset);
        BinaryPrimitives.WriteInt32LittleEndian(into[56..], DirectoryBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(into[CrcOffset..], Crc(into, directory));
    }

    /// <summary>Reads what a header says of itself; only <see cref="IsIntact"/> tells whether it is true.</summary>
    internal static ChunkHeader Read(ReadOnlySpan<byte> from, Guid store, ChunkRange range)
    {
        return new ChunkHeader(
            store,
            range,
            BinaryPrimitives.ReadInt32LittleEndian(from[28..]),
            BinaryPrimitives.ReadInt64LittleEndian(from[48..]),
            BinaryPrimitives.ReadInt32LittleEndian(from[56..]));
    }

    /// <summary>Whether the bytes are, one for one, what would be written for this header and directory.</summary>
    internal bool IsIntact(ReadOnlySpan<byte> header, ReadOnlySpan<byte> directory)
    {
        Span<byte> expected = stackalloc byte[Bytes];
        Write(expected, directory);
        return header.SequenceEqual(expected);
    }

    private static uint Crc(ReadOnlySpan<byte> header, ReadOnlySpan<byte> directory) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(Crc32C.Start, header[..CrcOffset]), directory));
}
