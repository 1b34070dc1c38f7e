using FASTER.core;
using Klaviyo.Storage.Files;

namespace Klaviyo.Storage.Log;

/// <summary>What a lane is opened from.</summary>
internal sealed record LaneSetup
{
    private const int PagesMin = 2;

    internal required IStorageFiles Files { get; init; }

    internal required StoreManifest Manifest { get; init; }

    internal required LogFault Fault { get; init; }

    internal required int Lane { get; init; }

    /// <summary>Gets what the superblock says of the lane.</summary>
    internal required LaneCut Durable { get; init; }

    internal required long MemoryBytes { get; init; }

    /// <summary>Gets whether the records were read before, so that the last page need not be.</summary>
    internal bool IsSalvaged { get; init; }

    /// <summary>Gets the pages in memory: a power of two, because FASTER rounds down to one.</summary>
    internal int Pages =>
        1 << (int)long.Log2(Math.Max(MemoryBytes / Manifest.Layout.PageBytes, PagesMin));

    /// <summary>Gets the settings that leave every decision about durability to us.</summary>
    internal FasterLogSettings Settings(IDevice device) => new()
    {
        LogDevice = device,
        LogCommitManager = new LaneCommitManager(Durable.Begin.Value, Durable.Until.Value),
        PageSize = Manifest.Layout.PageBytes,
        SegmentSize = Manifest.Layout.SegmentBytes,
        MemorySize = (long)Pages * Manifest.Layout.PageBytes,
        LogChecksum = LogChecksumType.None,
        FastCommitMode = false,
        TryRecoverLatest = false,
        TolerateDeviceFailure = false,
    };
}
