using System.Buffers.Binary;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Cold;

/// <summary>The bytes in front of what a cold file keeps of a profile.</summary>
/// <remarks>
/// <code>
/// offset  bytes  what
///      0      4  CRC-32C over: seed of the lane, place, then bytes 4 to the end of the body
///      4      4  length of the body
///      8      4  ordinal of the profile; of slots that of the first
///     12      1  part: 0 facts, 1 rows, 2 slots
///     13      3  rows: width of the columns time, value, metric
///     16      4  rows: how many
///     20      1  rows: width of the column address; then 0
///     24      8  rows: the place of the record that holds the rows before these; 0 for none
///     32      n  body: facts, the columns one behind the other, or slots; then zeros up to a multiple of 32
/// </code>
/// All numbers are little-endian.
/// </remarks>
internal readonly record struct ColdRecord(
    int BodyBytes, int Ordinal, SlabPart Part, TimelineShape Shape, int Count, ColdPlace Before)
{
    internal const int HeaderBytes = 32;

    /// <summary>Gets how many bytes the record takes.</summary>
    internal int SpaceBytes => (HeaderBytes + BodyBytes + ColdPlace.Unit - 1) / ColdPlace.Unit * ColdPlace.Unit;

    /// <summary>Gets the checksum of a record.</summary>
    internal static uint ChecksumOf(ReadOnlySpan<byte> record) => BinaryPrimitives.ReadUInt32LittleEndian(record);

    internal static ColdRecord Read(ReadOnlySpan<byte> bytes)
    {
        return new ColdRecord(
            BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]),
            (SlabPart)bytes[12],
            new TimelineShape(bytes[13], bytes[20], bytes[14], bytes[15]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]),
            new ColdPlace(BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..])));
    }

    /// <summary>Whether the bytes can be, and are, the record that was written at a place.</summary>
    internal static bool IsIntact(ReadOnlySpan<byte> bytes, uint seed, ColdPlace place)
    {
        return bytes.Length >= HeaderBytes
            && Read(bytes) is { BodyBytes: >= 0 } record
            && HeaderBytes + (long)record.BodyBytes <= bytes.Length
            && ChecksumOf(bytes) == Checksum(bytes[..(HeaderBytes + record.BodyBytes)], seed, place);
    }

    /// <summary>Writes header, checksum and padding around a body that is in its place already.</summary>
    internal void Seal(Span<byte> bytes, uint seed, ColdPlace place)
    {
        bytes[..HeaderBytes].Clear();
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], BodyBytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[8..], Ordinal);
        bytes[12] = (byte)Part;
        (bytes[13], bytes[20], bytes[14], bytes[15]) = (Shape.Time, Shape.Address, Shape.Value, Shape.Metric);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[16..], Count);
        BinaryPrimitives.WriteUInt64LittleEndian(bytes[24..], Before.Packed);
        bytes[(HeaderBytes + BodyBytes)..SpaceBytes].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Checksum(bytes[..(HeaderBytes + BodyBytes)], seed, place));
    }

    // The length that a place names follows from the record; the rest of the place is what makes it this record.
    private static uint Checksum(ReadOnlySpan<byte> record, uint seed, ColdPlace place) =>
        Crc32C.Finish(Crc32C.Add(Crc32C.Add(seed, (long)(place.Packed >> 16)), record[4..]));
}
