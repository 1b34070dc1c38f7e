namespace Klaviyo;

/// <summary>Starts a run when the host asks for it, or another flow does by its sub-flow step. Ours.</summary>
/// <remarks>
/// Being asked is an event of the metric <see cref="Metric"/> that names the flow, so it is durable, is seen by a simulation,
/// and what was given along is <c>event.…</c> in templates and splits.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ApiTrigger : FlowTrigger
{
    /// <summary>The metric of the events that start runs.</summary>
    public const string Metric = "Started Flow";

    /// <summary>The property of the event that names the flow.</summary>
    public const string FlowProperty = "$flow";

    /// <inheritdoc/>
    public override string Type => "api";

    /// <summary>Gets the property of the event by whose value the runs of a profile are told apart, e.g. <c>cart_id</c>. Ours.</summary>
    /// <value>
    /// Null, the default: re-entry is the profile's. With a key it is that of profile and key, and of each there is one run at a
    /// time. An event without the property has no key.
    /// </value>
    public PropertyPath? Key { get; init; }

    /// <inheritdoc/>
    internal override PropertyPath? KeyPath => Key;
}
