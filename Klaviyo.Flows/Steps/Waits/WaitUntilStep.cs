namespace Klaviyo;

/// <summary>Waits until one of several things happens or holds, or a time has passed, and goes its way. Ours.</summary>
/// <remarks>
/// <para>What happens first is taken; of two things at one instant the branch that stands first. An event counts from when the run
/// came onto the step, the same millisecond included, or from when it entered the flow, if asked; a condition counts as soon as it
/// holds, also at once. An event in the millisecond of the timeout wins.</para>
/// <para>A late event, of a time before the run came onto the step, does not count.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record WaitUntilStep : Step
{
    /// <inheritdoc/>
    public override string Type => "wait-until";

    /// <summary>Gets what is waited for.</summary>
    public required ValueList<WaitBranch> Branches { get; init; }

    /// <summary>Gets how long to wait at most, in milliseconds; null for ever.</summary>
    public long? TimeoutMs { get; init; }

    /// <summary>Gets the id of the step that follows when the time has passed; null ends the run.</summary>
    public string? Next { get; init; }

    /// <inheritdoc/>
    internal override ValueList<string?> Links => ValueList.Of(Branches.Select(b => b.Next).Append(Next));

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context)
    {
        var timeout = TimeoutMs is { } ms ? context.Arrived.PlusMs(ms) : Instant.MaxValue;
        var (first, taken, due) = (Instant.MaxValue, -1, timeout);
        for (var i = 0; i < Branches.Count; i++)
        {
            var (reached, next) = Branches[i].Ask(context);
            if (reached is { } at && (taken < 0 || at < first))
            {
                (first, taken) = (at, i);
            }

            due = next < due ? next.Value : due;
        }

        return taken >= 0 ? Decision.Branch(taken)
            : timeout <= context.At ? Decision.Branch(Branches.Count)
            : Decision.Await(due);
    }
}

/// <summary>One thing that a run waits for: an event, or a condition.</summary>
/// <param name="Id">The id, unique in its step.</param>
/// <param name="Next">The id of the step that follows; null ends the run.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record WaitBranch(string Id, string? Next = null)
{
    /// <summary>Gets the metric of the event; null where a condition is waited for.</summary>
    public string? Metric { get; init; }

    /// <summary>Gets the filters that the event must pass, all of them.</summary>
    public ValueList<PropertyFilter> Filters { get; init; } = [];

    /// <summary>Gets whether events count since the run entered the flow; otherwise since it came onto the step.</summary>
    public bool SinceStart { get; init; }

    /// <summary>Gets the property of the event that must equal that of the event which started the run; null for none.</summary>
    /// <value>Where the property is missing, or no event started the run, nothing is equal.</value>
    public PropertyPath? SameAs { get; init; }

    /// <summary>Gets the condition; null where an event is waited for.</summary>
    public Condition? Filter { get; init; }

    /// <summary>Tells since when it has happened or holds, else when to ask again at the latest.</summary>
    internal (Instant? Reached, Instant? Next) Ask(in StepContext context)
    {
        if (Metric is not null)
        {
            return AskEvents(context);
        }

        var evaluation = context.EvaluationOfRun();
        return Filter!.Holds(evaluation) ? (context.At, null) : (null, Filter.NextBoundary(evaluation));
    }

    private (Instant? Reached, Instant? Next) AskEvents(in StepContext context)
    {
        var history = context.Facts.History;
        var since = SinceStart ? context.Entered : context.Arrived;
        foreach (var row in history.Events(Metric!, new TimeRange(since, Instant.MaxValue)).ToArray())
        {
            if (Passes(row, context))
            {
                return row.Time <= context.At ? (row.Time, null) : (null, row.Time);
            }
        }

        return default;
    }

    private bool Passes(EventRow row, in StepContext context)
    {
        var history = context.Facts.History;
        if (SameAs is not null
            && (context.Facts.Trigger is not { } trigger || SameAs.Of(trigger) is not { IsNull: false } own || SameAs.Of(history, row) != own))
        {
            return false;
        }

        var evaluation = context.Evaluation();
        foreach (var filter in Filters.AsSpan())
        {
            if (filter.Filter?.Matches(filter.Property.Of(history, row), evaluation) == false)
            {
                return false;
            }
        }

        return true;
    }
}
