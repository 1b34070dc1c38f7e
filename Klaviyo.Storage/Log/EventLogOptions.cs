using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Log;

/// <summary>What an event log is opened with. An existing store keeps the values that are in its manifest.</summary>
internal sealed record EventLogOptions
{
    internal required IStorageFiles Files { get; init; }

    /// <summary>Gets the number of lanes of a new store, 1 to 64.</summary>
    internal int LaneCount { get; init; } = 1;

    /// <summary>Gets the id of a new store.</summary>
    internal Guid StoreId { get; init; }

    /// <summary>Gets when a new store is created, in Unix milliseconds.</summary>
    internal long CreatedMs { get; init; }

    /// <summary>Gets the bytes of a page of a new store: a power of two; a record fits in one page.</summary>
    internal int PageBytes { get; init; } = 4 << 20;

    /// <summary>Gets the bytes of a segment file of a new store: a power of two, at least a page.</summary>
    internal long SegmentBytes { get; init; } = 1 << 30;

    /// <summary>
    /// Gets the bytes of recent records that are kept in memory, a lane; FASTER takes as much again. At least two pages
    /// are used, and a power of two of them.
    /// </summary>
    internal long MemoryBytes { get; init; } = 16 << 20;

    /// <summary>Gets whether all records were read before: what is damaged is known, and lies below a checkpoint.</summary>
    internal bool IsSalvaged { get; init; }

    internal StoreManifest NewManifest()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(LaneCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(LaneCount, StoreManifest.LaneCountMax);
        return new StoreManifest(StoreId, CreatedMs, LaneCount, new LogLayout(PageBytes, SegmentBytes));
    }
}
