namespace Klaviyo;

/// <summary>How far a segment is kept current.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Definition">What a member is.</param>
/// <param name="IsReady">Whether its members are known. Until then every question evaluates all profiles anew: slower, and as exact.</param>
/// <param name="Progress">How much of the profiles was looked at for it, 0 to 1.</param>
/// <param name="Members">How many members it has now; null until it is ready.</param>
/// <param name="Fault">Why segments are no longer kept current, which only a fault of the disk can do; null if they are.</param>
public sealed record SegmentStatus(
    string Name, SegmentDefinition Definition, bool IsReady, double Progress, long? Members, string? Fault);
