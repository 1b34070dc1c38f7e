namespace Klaviyo;

/// <summary>One thing that happened to a run or to a message of it, and what was looked at for it.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record RunTraceEntry
{
    /// <summary>Gets what happened: when, on which step, and where the run stood afterwards.</summary>
    public required FlowDecision Decision { get; init; }

    /// <summary>Gets the conditions that were looked at, as of the instant of the decision; empty where none was.</summary>
    public IReadOnlyList<TracedCondition> Conditions { get; init; } = [];

    /// <summary>Gets when the run or the message is due again; null where it does not wait, or waits for an event alone.</summary>
    public Instant? Due { get; init; }

    /// <summary>Gets the variables of the run that were set with it; a null value took one away. Empty for none.</summary>
    public PropertyMap Variables { get; init; } = [];

    /// <summary>Gets whether what is known today leads to the same decision.</summary>
    /// <value>
    /// True also where nothing was decided by a step: a trigger, a result, what was done by hand; and where
    /// other runs or messages stood in the way: a re-entry that was refused, a cap, quiet hours.
    /// </value>
    /// <remarks>
    /// False where something became known later of a time before: a late event, a merge, an import. False too where the run wrote
    /// in the very millisecond what it had asked about before, and where the zone or the templates of the host are others now.
    /// </remarks>
    public bool IsSameToday { get; init; } = true;
}

/// <summary>A condition that a decision looked at.</summary>
/// <param name="Role">
/// What it is for: <c>trigger filter</c>, <c>profile filter</c>, <c>message filter</c>, <c>split</c>, <c>switch</c>,
/// <c>branch ID</c>, <c>goal ID</c>, <c>rate limit</c>; of the way in also <c>key</c>, <c>re-entry</c> and <c>enrolment</c>; of a result for
/// which the run stood, <c>delivery</c>.
/// </param>
/// <param name="Why">
/// Whether it holds as of the decision, what it saw, the events that decided, and the next instant at which that changes.
/// </param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record TracedCondition(string Role, Explanation Why);
