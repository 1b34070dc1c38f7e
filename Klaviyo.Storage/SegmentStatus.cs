namespace Klaviyo;

/// <summary>How far a segment is kept current.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Definition">What a member is; null where it was stored by another version, and this one cannot read it.</param>
/// <param name="IsReady">Whether its members are known. Until then every question evaluates all profiles anew: slower, and as exact.</param>
/// <param name="Progress">How much of the profiles was looked at for it: 0 before that begins, and 1 only when it is ready.</param>
/// <param name="Members">How many members it has now; null until it is ready.</param>
/// <param name="Fault">
/// Why it is not kept current; null if it is, or will be. Its definition cannot be read, evaluating it failed, which what a host gave for
/// postal codes can do, or the disk failed, which ends it for all segments. Where an evaluation failed, the segment is built anew with
/// the next definition of any, and with the next opening; questions are evaluated meanwhile, and fail where they meet the fault.
/// </param>
public sealed record SegmentStatus(
    string Name, SegmentDefinition? Definition, bool IsReady, double Progress, long? Members, string? Fault);
