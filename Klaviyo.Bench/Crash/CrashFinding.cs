namespace Klaviyo.Bench.Crash;

/// <summary>What was found in a store after a crash.</summary>
/// <param name="Steps">How many steps of each writer.</param>
/// <param name="Events">How many events.</param>
/// <param name="Problem">What must not be; null where all is well.</param>
internal sealed record CrashFinding(IReadOnlyList<int> Steps, long Events, string? Problem)
{
    /// <summary>Gets what the store has to answer, which says too what was erased; null where the store cannot be opened.</summary>
    internal CrashModel? Model { get; init; }
}
