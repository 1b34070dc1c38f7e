namespace Klaviyo;

/// <summary>Which runs under way are meant. What is null is not asked for; a query that asks for nothing means all.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record RunQuery
{
    /// <summary>Gets the name of the flow.</summary>
    public string? Flow { get; init; }

    /// <summary>Gets the version that the run keeps, from 1.</summary>
    public int? Version { get; init; }

    /// <summary>Gets the id of the step on which it stands; empty for runs that have not entered.</summary>
    public string? Step { get; init; }

    /// <summary>Gets what it is doing.</summary>
    public RunStatus? Status { get; init; }

    /// <summary>Gets the run, where one alone is meant.</summary>
    public RunId? Run { get; init; }

    /// <summary>Gets any identifier of the profile.</summary>
    public Identifier? Profile { get; init; }

    /// <summary>Gets when it goes on. Runs that are parked go on at no time.</summary>
    public TimeRange? Due { get; init; }

    /// <summary>Gets when it entered; before that, when what triggered it happened.</summary>
    public TimeRange? Entered { get; init; }

    /// <summary>Gets the line in which it stands for a rate limit, as <see cref="FlowRun.Line"/> says it; empty for runs in none.</summary>
    public string? Line { get; init; }

    /// <summary>Whether a run is meant that is of the flow and the profile, or is the run, that is asked for.</summary>
    internal bool Means(FlowRun run)
    {
        return (Version is null || Version == run.Version)
            && (Step is null || Step == run.Step)
            && (Status is null || Status == run.Status)
            && (Due is null || (run.Status != RunStatus.Parked && Due.Value.Contains(run.Due)))
            && (Entered is null || Entered.Value.Contains(run.Entered))
            && (Line is null || Line == run.Line);
    }
}
