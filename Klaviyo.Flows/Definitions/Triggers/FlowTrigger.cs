namespace Klaviyo;

/// <summary>What starts a run.</summary>
/// <threadsafety>Immutable.</threadsafety>
public abstract record FlowTrigger
{
    private protected FlowTrigger()
    {
    }

    /// <summary>Gets the type, as in Klaviyo's JSON.</summary>
    public abstract string Type { get; }

    /// <summary>Gets whether a profile enters once where the flow says nothing of re-entry; otherwise as often as it is triggered.</summary>
    internal virtual bool EntersOnce => false;

    /// <summary>Gets the property of the event that tells the runs of a profile apart; null where the profile alone does.</summary>
    internal virtual PropertyPath? KeyPath => null;
}

/// <summary>Starts a run for each event of a metric.</summary>
/// <param name="Metric">The metric, by name.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record MetricTrigger(string Metric) : FlowTrigger
{
    /// <inheritdoc/>
    public override string Type => "metric";

    /// <summary>Gets a condition on the event; null for every event of the metric.</summary>
    public Condition? Filter { get; init; }

    /// <summary>Gets the property of the event by whose value the runs of a profile are told apart, e.g. <c>cart_id</c>. Ours.</summary>
    /// <value>
    /// Null, the default: re-entry is the profile's. With a key it is that of profile and key, and of each there is one run at a
    /// time. An event without the property has no key.
    /// </value>
    public PropertyPath? Key { get; init; }

    /// <inheritdoc/>
    internal override PropertyPath? KeyPath => Key;
}

/// <summary>Starts a run when a profile enters a segment, or leaves it.</summary>
/// <remarks>
/// By something that is written or by the mere passing of time, then at the exact instant. Whoever is in the segment already when
/// it is defined, or enters it by imported history or by being merged away, starts no run.
/// </remarks>
/// <param name="Segment">The segment, by name.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SegmentTrigger(string Segment) : FlowTrigger
{
    /// <inheritdoc/>
    public override string Type => "segment";

    /// <summary>Gets whether leaving the segment starts the run.</summary>
    /// <value>The default is false: entering it does.</value>
    public bool OnExit { get; init; }

    /// <inheritdoc/>
    internal override bool EntersOnce => true;
}

/// <summary>Starts a run when a profile comes onto a list that it was not on.</summary>
/// <param name="List">The list, by name.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ListTrigger(string List) : FlowTrigger
{
    /// <inheritdoc/>
    public override string Type => "list";

    /// <inheritdoc/>
    internal override bool EntersOnce => true;
}
