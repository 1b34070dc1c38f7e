using System.Buffers.Binary;
using System.Collections.Immutable;
using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Log;

/// <summary>What a superblock says, and its bytes.</summary>
/// <remarks>
/// <code>
/// offset  bytes  what
///      0      8  "KLVSUPER"
///      8      4  version, 1
///     12      4  number of lanes, n
///     16     16  store id
///     32      8  generation
///     40   24·n  per lane: begin (8), until (8), last sequence (8)
/// 40+24·n     4  CRC-32C over everything before
/// </code>
/// All numbers are little-endian.
/// </remarks>
internal sealed record SuperblockCopy(Guid StoreId, long Generation, LogCut Cut)
{
    internal const int VersionOffset = 8;
    internal const int LaneCountOffset = 12;
    internal const int StoreIdOffset = 16;
    internal const int GenerationOffset = 32;
    internal const int LanesOffset = 40;
    internal const int LaneBytes = 24;
    internal const int Version = 1;

    private static ReadOnlySpan<byte> Magic => "KLVSUPER"u8;

    internal static int BytesFor(int laneCount) => ChecksumOffset(laneCount) + sizeof(uint);

    internal static int ChecksumOffset(int laneCount) => LanesOffset + (LaneBytes * laneCount);

    internal void Write(Span<byte> into)
    {
        var lanes = Cut.Lanes;
        Magic.CopyTo(into);
        BinaryPrimitives.WriteInt32LittleEndian(into[VersionOffset..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(into[LaneCountOffset..], lanes.Length);
        StoreId.TryWriteBytes(into[StoreIdOffset..]);
        BinaryPrimitives.WriteInt64LittleEndian(into[GenerationOffset..], Generation);
        for (var lane = 0; lane < lanes.Length; lane++)
        {
            var at = into[(LanesOffset + (LaneBytes * lane))..];
            BinaryPrimitives.WriteInt64LittleEndian(at, lanes[lane].Begin.Value);
            BinaryPrimitives.WriteInt64LittleEndian(at[8..], lanes[lane].Until.Value);
            BinaryPrimitives.WriteInt64LittleEndian(at[16..], lanes[lane].LastSequence);
        }

        var end = ChecksumOffset(lanes.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(into[end..], Crc32C.Of(into[..end]));
    }

    /// <summary>Gets the store that a copy is of, whichever that is; null when it is damaged.</summary>
    internal static Guid? OwnerOf(ReadOnlySpan<byte> from)
    {
        var laneCount = BinaryPrimitives.ReadInt32LittleEndian(from[LaneCountOffset..]);
        return laneCount is > 0 and <= StoreManifest.LaneCountMax && from.StartsWith(Magic) && IsIntact(from, laneCount)
            ? new Guid(from.Slice(StoreIdOffset, 16))
            : null;
    }

    /// <summary>Reads a copy that belongs to a store.</summary>
    /// <returns>Null when it is damaged, of another store, or names places that no log has.</returns>
    internal static SuperblockCopy? Read(ReadOnlySpan<byte> from, StoreManifest manifest)
    {
        if (!IsIntact(from, manifest.LaneCount)
            || !from.StartsWith(Magic)
            || BinaryPrimitives.ReadInt32LittleEndian(from[VersionOffset..]) != Version
            || BinaryPrimitives.ReadInt32LittleEndian(from[LaneCountOffset..]) != manifest.LaneCount
            || new Guid(from.Slice(StoreIdOffset, 16)) != manifest.StoreId)
        {
            return null;
        }

        var generation = BinaryPrimitives.ReadInt64LittleEndian(from[GenerationOffset..]);
        var lanes = ImmutableArray.CreateBuilder<LaneCut>(manifest.LaneCount);
        for (var lane = 0; lane < manifest.LaneCount; lane++)
        {
            var cut = ReadLane(from[(LanesOffset + (LaneBytes * lane))..]);
            if (generation is < 0 or long.MaxValue || !IsPossible(cut, manifest.Layout))
            {
                return null;
            }

            lanes.Add(cut);
        }

        return new SuperblockCopy(manifest.StoreId, generation, new LogCut(lanes.MoveToImmutable()));
    }

    /// <summary>Whether a copy beside this one, which is the newest, may be what a power cut left of a write.</summary>
    /// <remarks>
    /// A write makes the generation before this one the generation behind it, and changes ends and the checksum; no medium that we
    /// assume damages a byte that a write does not change. So where anything else is not as it was, the copy has rotted.
    /// </remarks>
    internal bool MayBeTorn(ReadOnlySpan<byte> other)
    {
        var (before, after) = (new byte[other.Length], new byte[other.Length]);
        (this with { Generation = Generation - 1 }).Write(before);
        (this with { Generation = Generation + 1 }).Write(after);
        for (var i = 0; i < other.Length; i++)
        {
            if (other[i] != before[i] && before[i] == after[i] && !IsOfEndsOrChecksum(i))
            {
                return false;
            }
        }

        return true;
    }

    private bool IsOfEndsOrChecksum(int offset)
    {
        var checksum = ChecksumOffset(Cut.Lanes.Length);
        return offset < checksum
            ? offset >= LanesOffset && (offset - LanesOffset) % LaneBytes >= sizeof(long)
            : offset < checksum + sizeof(uint);
    }

    private static bool IsIntact(ReadOnlySpan<byte> from, int laneCount)
    {
        var end = ChecksumOffset(laneCount);
        return BinaryPrimitives.ReadUInt32LittleEndian(from[end..]) == Crc32C.Of(from[..end]);
    }

    // A right checksum around wrong numbers is a bug or a hand. They must not become a place to read from.
    private static bool IsPossible(in LaneCut cut, LogLayout layout)
    {
        var (begin, until) = (cut.Begin.Value, cut.Until.Value);
        return begin >= LogLayout.FirstAddress && until >= begin && cut.LastSequence is >= 0 and < long.MaxValue
            && begin % LogLayout.Alignment == 0 && until % LogLayout.Alignment == 0
            && until / layout.SegmentBytes <= int.MaxValue;
    }

    private static LaneCut ReadLane(ReadOnlySpan<byte> from) => new(
        new LogAddress(BinaryPrimitives.ReadInt64LittleEndian(from)),
        new LogAddress(BinaryPrimitives.ReadInt64LittleEndian(from[8..])),
        BinaryPrimitives.ReadInt64LittleEndian(from[16..]));
}
