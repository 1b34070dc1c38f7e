namespace Klaviyo;

/// <summary>What compacting has done.</summary>
/// <param name="Profiles">How many profiles were erased so far, those that were merged into others among them.</param>
/// <param name="Records">How many places of the log were overwritten: mostly records.</param>
/// <param name="Bytes">How many bytes of the log that were.</param>
/// <param name="FilesDeleted">How many files of derived state were replaced by new ones, or were not needed any more.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record CompactResult(long Profiles, long Records, long Bytes, int FilesDeleted);
