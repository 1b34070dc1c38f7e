namespace Klaviyo.Storage.Log;

/// <summary>Where records lie: pages inside segments, as FASTER lays them out and our device writes them.</summary>
/// <remarks>
/// <para>Invariants: an address is a multiple of 4. A record lies in one page. What is left at the end of a page begins
/// with a zero word, if anything is left. The first 64 bytes of a lane are not used.</para>
/// </remarks>
internal readonly record struct LogLayout
{
    internal const long FirstAddress = 64;
    internal const int Alignment = 4;
    internal const int PageBytesMin = 4096;
    internal const int PageBytesMax = 1 << 26;

    internal LogLayout(int pageBytes, long segmentBytes)
    {
        ThrowIfNotPowerOfTwo(pageBytes, nameof(pageBytes));
        ThrowIfNotPowerOfTwo(segmentBytes, nameof(segmentBytes));
        ArgumentOutOfRangeException.ThrowIfLessThan(pageBytes, PageBytesMin);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(pageBytes, PageBytesMax);
        ArgumentOutOfRangeException.ThrowIfLessThan(segmentBytes, pageBytes);
        PageBytes = pageBytes;
        SegmentBytes = segmentBytes;
    }

    internal int PageBytes { get; }

    internal long SegmentBytes { get; }

    internal int PayloadBytesMax => Math.Min(PageBytes - RecordHeader.EntryBytes, RecordHeader.PayloadBytesMax);

    internal long PageOf(long address) => address / PageBytes;

    internal long PageStart(long address) => address & ~(PageBytes - 1L);

    internal long PageEnd(long address) => PageStart(address) + PageBytes;

    internal int SegmentOf(long address) => (int)(address / SegmentBytes);

    internal long OffsetInSegment(long address) => address & (SegmentBytes - 1);

    internal long SegmentEnd(long address) => address - OffsetInSegment(address) + SegmentBytes;

    /// <summary>Bytes that a record with this payload takes in the log.</summary>
    internal static int SpaceOf(int payloadBytes) =>
        (RecordHeader.EntryBytes + payloadBytes + Alignment - 1) & ~(Alignment - 1);

    /// <summary>Where the next record of this size goes: at the tail, or on the next page if it does not fit.</summary>
    internal long Place(long tail, int space) => tail + space <= PageEnd(tail) ? tail : PageEnd(tail);

    private static void ThrowIfNotPowerOfTwo(long bytes, string name)
    {
        if (!long.IsPow2(bytes))
        {
            throw new ArgumentOutOfRangeException(name, bytes, "Must be a power of two.");
        }
    }
}
