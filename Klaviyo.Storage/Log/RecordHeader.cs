using System.Buffers.Binary;
using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Log;

/// <summary>The bytes in front of a payload.</summary>
/// <remarks>
/// <code>
/// offset  bytes  what
///      0      4  length of what follows: 16 + payload (written by FASTER; 0 = rest of the page is empty)
///      4      4  CRC-32C over: store id, lane, address, then bytes 8 to the end of the payload
///      8      3  length of the payload
///     11      1  kind
///     12      8  sequence in the lane
///     20      n  payload, then 0 to 3 bytes up to a multiple of 4
/// </code>
/// All numbers are little-endian. Store, lane and address are in the checksum and not in the bytes, so that a record
/// that is whole but lies in the wrong place is found out.
/// </remarks>
internal readonly record struct RecordHeader(int PayloadBytes, byte Kind, long Sequence)
{
    internal const int ChecksumOffset = 4;
    internal const int LengthAndKindOffset = 8;
    internal const int SequenceOffset = 12;
    internal const int EntryBytes = 20;
    internal const int PayloadBytesMax = (1 << 24) - 1;

    // What FASTER counts as the entry starts behind its own length word.
    internal const int EntryOffset = 4;

    private const int LengthBits = 24;

    /// <summary>The start of the checksum of every record of a lane.</summary>
    internal static uint Seed(Guid storeId, int lane)
    {
        Span<byte> id = stackalloc byte[16];
        storeId.TryWriteBytes(id);
        return Crc32C.Add(Crc32C.Add(Crc32C.Start, id), lane);
    }

    internal static int EntryLength(ReadOnlySpan<byte> entry) => BinaryPrimitives.ReadInt32LittleEndian(entry);

    /// <summary>Reads the fields; only <see cref="IsIntact"/> tells whether they mean anything.</summary>
    internal static RecordHeader Read(ReadOnlySpan<byte> entry)
    {
        var lengthAndKind = BinaryPrimitives.ReadUInt32LittleEndian(entry[LengthAndKindOffset..]);
        return new RecordHeader(
            (int)(lengthAndKind & PayloadBytesMax),
            (byte)(lengthAndKind >> LengthBits),
            BinaryPrimitives.ReadInt64LittleEndian(entry[SequenceOffset..]));
    }

    /// <summary>Whether a whole record begins here, of what may be anything.</summary>
    /// <param name="bytes">What lies at the address, up to the end of its page at most.</param>
    /// <param name="seed">The <see cref="Seed"/> of the lane.</param>
    /// <param name="address">The address.</param>
    /// <param name="header">The header of the record.</param>
    internal static bool TryReadWhole(ReadOnlySpan<byte> bytes, uint seed, long address, out RecordHeader header)
    {
        header = bytes.Length < EntryBytes ? default : Read(bytes);
        var entry = EntryBytes + header.PayloadBytes;
        return entry <= bytes.Length && EntryLength(bytes) == entry - EntryOffset && IsIntact(bytes[..entry], seed, address);
    }

    /// <summary>Whether the entry, cut to its length, is what was written at this address of the lane.</summary>
    internal static bool IsIntact(ReadOnlySpan<byte> entry, uint seed, long address) =>
        BinaryPrimitives.ReadUInt32LittleEndian(entry[ChecksumOffset..]) == Checksum(entry, seed, address);

    /// <summary>Writes header and payload; <paramref name="entry"/> is exactly as long as both.</summary>
    internal void Write(Span<byte> entry, ReadOnlySpan<byte> payload, uint seed, long address)
    {
        var lengthAndKind = (uint)payload.Length | ((uint)Kind << LengthBits);
        BinaryPrimitives.WriteInt32LittleEndian(entry, entry.Length - EntryOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[LengthAndKindOffset..], lengthAndKind);
        BinaryPrimitives.WriteInt64LittleEndian(entry[SequenceOffset..], Sequence);
        payload.CopyTo(entry[EntryBytes..]);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[ChecksumOffset..], Checksum(entry, seed, address));
    }

    private static uint Checksum(ReadOnlySpan<byte> entry, uint seed, long address) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(seed, address), entry[LengthAndKindOffset..]));
}
