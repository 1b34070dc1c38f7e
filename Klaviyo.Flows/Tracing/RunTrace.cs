namespace Klaviyo;

/// <summary>All that happened to one run, as the log has it, and why.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record RunTrace
{
    /// <summary>Gets the run.</summary>
    public required RunId Run { get; init; }

    /// <summary>Gets the name of the flow.</summary>
    public required string Flow { get; init; }

    /// <summary>Gets the version of the flow that the run keeps, from 1.</summary>
    public required int Version { get; init; }

    /// <summary>Gets the profile.</summary>
    public required ProfileId Profile { get; init; }

    /// <summary>Gets the event that started it; null where none did.</summary>
    public EventId? Trigger { get; init; }

    /// <summary>Gets what happened, in the order in which it was decided: first that the trigger fired.</summary>
    public required IReadOnlyList<RunTraceEntry> Entries { get; init; }

    /// <summary>Gets where it stands, and when it goes on; null where it has ended.</summary>
    public FlowRun? Current { get; init; }
}
