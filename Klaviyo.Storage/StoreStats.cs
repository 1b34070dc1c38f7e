namespace Klaviyo;

/// <summary>Counts and sizes of a store.</summary>
/// <param name="Events">How many events.</param>
/// <param name="Profiles">How many profiles; those that were merged into another do not count.</param>
/// <param name="Metrics">How many events of each metric.</param>
/// <param name="LogBytes">The bytes of the log: the truth.</param>
/// <param name="DerivedBytes">The bytes of the files that can be made again from the log.</param>
/// <param name="IndexBytes">The bytes of unmanaged memory that the timelines take.</param>
/// <param name="CheckpointFault">Why the last checkpoint could not be written; null where all is well.</param>
/// <param name="ChunkFault">Why the last column chunk could not be made; null where all is well.</param>
/// <param name="ManifestFault">Why a damaged file of the manifest, STORE or its copy, could not be written anew at the opening; null where all is well.</param>
/// <param name="MemoryBytes">The bytes of memory that the process takes for data: the timelines and the managed heap.</param>
/// <param name="Erased">How many profiles were erased; one that others were merged into counts as one.</param>
/// <param name="LastErased">When the last one was erased; null where none was.</param>
public sealed record StoreStats(
    long Events,
    long Profiles,
    IReadOnlyDictionary<string, long> Metrics,
    long LogBytes,
    long DerivedBytes,
    long IndexBytes,
    string? CheckpointFault,
    string? ChunkFault,
    string? ManifestFault,
    long MemoryBytes,
    long Erased,
    Instant? LastErased);

/// <summary>What reading everything back has found.</summary>
/// <param name="Ok">Whether all is well.</param>
/// <param name="Records">How many records of the log were read.</param>
/// <param name="Problem">The first wrong place, in one line; null where all is well.</param>
public sealed record VerifyReport(bool Ok, long Records, string? Problem);
