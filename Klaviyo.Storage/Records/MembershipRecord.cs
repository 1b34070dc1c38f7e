using System.Buffers;
using System.Buffers.Binary;

namespace Klaviyo.Storage.Records;

/// <summary>Profiles of a lane that entered or left segments at one instant.</summary>
/// <remarks>
/// Fixed widths, little-endian: instant (8), cause (1), the number of definitions that the lane is built for, or -1 (4), groups
/// (4); for each group its segment's number (4), how many entered (4), how many left (4); then the ordinals (4 each). So an
/// erased profile is taken out by overwriting its ordinal with -1; that somebody entered or left still counts.
/// </remarks>
internal readonly ref struct MembershipRecord
{
    /// <summary>The ordinal of somebody who was erased.</summary>
    internal const int Nobody = -1;

    /// <summary>More segments than any store has: a number beyond it makes no sense.</summary>
    internal const int SegmentsMax = 1 << 20;

    internal const int HeadBytes = 17;
    internal const int GroupBytes = 12;

    private readonly ReadOnlySpan<byte> _payload;

    private MembershipRecord(ReadOnlySpan<byte> payload) => _payload = payload;

    internal long AtMs => BinaryPrimitives.ReadInt64LittleEndian(_payload);

    internal SegmentChangeCause Cause => (SegmentChangeCause)_payload[8];

    /// <summary>Gets for how many definitions the segments of the record are right from now on; -1 where that does not change.</summary>
    internal int BuiltFor => BinaryPrimitives.ReadInt32LittleEndian(_payload[9..]);

    internal int Groups => BinaryPrimitives.ReadInt32LittleEndian(_payload[13..]);

    /// <summary>Reads a record.</summary>
    /// <exception cref="InvalidDataException">The bytes are none.</exception>
    internal static MembershipRecord Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < HeadBytes)
        {
            throw PayloadReader.Malformed();
        }

        var record = new MembershipRecord(payload);
        var rest = payload[HeadBytes..];
        for (var i = 0; i < record.Groups; i++)
        {
            var ordinals = rest.Length < GroupBytes
                ? -1
                : BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]) + (long)BinaryPrimitives.ReadUInt32LittleEndian(rest[8..]);
            if (ordinals < 0
                || (rest.Length - GroupBytes) / sizeof(int) < ordinals
                || BinaryPrimitives.ReadUInt32LittleEndian(rest) >= SegmentsMax)
            {
                throw PayloadReader.Malformed();
            }

            rest = rest[(GroupBytes + ((int)ordinals * sizeof(int)))..];
        }

        return rest.IsEmpty && PayloadReader.IsTime(record.AtMs) ? record : throw PayloadReader.Malformed();
    }

    /// <summary>Gets a group of changes.</summary>
    /// <param name="offset">Where it begins; <see cref="HeadBytes"/> for the first. Receives where the next one does.</param>
    internal MembershipGroup Next(ref int offset)
    {
        var head = _payload[offset..];
        var segment = BinaryPrimitives.ReadInt32LittleEndian(head);
        var entered = BinaryPrimitives.ReadInt32LittleEndian(head[4..]);
        var left = BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
        var group = new MembershipGroup(segment, entered, head.Slice(GroupBytes, (entered + left) * sizeof(int)));
        offset += GroupBytes + ((entered + left) * sizeof(int));
        return group;
    }

    internal static void WriteHead(IBufferWriter<byte> payload, long atMs, SegmentChangeCause cause, int builtFor, int groups)
    {
        var head = payload.GetSpan(HeadBytes);
        BinaryPrimitives.WriteInt64LittleEndian(head, atMs);
        head[8] = (byte)cause;
        BinaryPrimitives.WriteInt32LittleEndian(head[9..], builtFor);
        BinaryPrimitives.WriteInt32LittleEndian(head[13..], groups);
        payload.Advance(HeadBytes);
    }

    internal static void WriteGroup(IBufferWriter<byte> payload, int segment, ReadOnlySpan<int> entered, ReadOnlySpan<int> left)
    {
        var head = payload.GetSpan(GroupBytes);
        BinaryPrimitives.WriteInt32LittleEndian(head, segment);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], entered.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], left.Length);
        payload.Advance(GroupBytes);
        WriteOrdinals(payload, entered);
        WriteOrdinals(payload, left);
    }

    /// <summary>Copies a record without those of whom something holds.</summary>
    /// <returns>False where it holds of nobody.</returns>
    internal static bool TryBlank(ReadOnlySpan<byte> payload, Func<int, bool> isErased, Span<byte> blank)
    {
        payload.CopyTo(blank);
        var record = Read(payload);
        var (offset, found) = (HeadBytes, false);
        for (var i = 0; i < record.Groups; i++)
        {
            var at = offset + GroupBytes;
            var group = record.Next(ref offset);
            for (var k = 0; k < group.Count; k++, at += sizeof(int))
            {
                if (group[k] != Nobody && isErased(group[k]))
                {
                    BinaryPrimitives.WriteInt32LittleEndian(blank[at..], Nobody);
                    found = true;
                }
            }
        }

        return found;
    }

    private static void WriteOrdinals(IBufferWriter<byte> payload, ReadOnlySpan<int> ordinals)
    {
        foreach (var ordinal in ordinals)
        {
            BinaryPrimitives.WriteInt32LittleEndian(payload.GetSpan(sizeof(int)), ordinal);
            payload.Advance(sizeof(int));
        }
    }
}

/// <summary>Those who entered and left one segment.</summary>
internal readonly ref struct MembershipGroup(int segment, int entered, ReadOnlySpan<byte> ordinals)
{
    private readonly ReadOnlySpan<byte> _ordinals = ordinals;

    internal int Segment { get; } = segment;

    /// <summary>Gets how many entered; those behind them left.</summary>
    internal int Entered { get; } = entered;

    internal int Count => _ordinals.Length / sizeof(int);

    internal int this[int i] => BinaryPrimitives.ReadInt32LittleEndian(_ordinals[(i * sizeof(int))..]);
}
