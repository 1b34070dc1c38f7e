namespace Klaviyo;

/// <summary>Writes an event of the profile, at the instant of the step. Ours; Klaviyo's internal service that tracks an event too.</summary>
/// <remarks>The event is a fact like any other: it is counted, changes segments, wakes waits, and may start flows.</remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record TrackEventStep : ActionStep
{
    /// <inheritdoc/>
    public override string Type => IsInternalService ? "internal-service" : "track-event";

    /// <summary>Gets the metric, by name.</summary>
    public required string Metric { get; init; }

    /// <summary>Gets where the value comes from; null for none. What is no number gives none.</summary>
    public ValueSource? Value { get; init; }

    /// <summary>Gets the properties.</summary>
    public ValueList<Assignment> Properties { get; init; } = [];

    /// <summary>Gets whether it is written as Klaviyo's internal service.</summary>
    public bool IsInternalService { get; init; }

    /// <summary>Gets the company that Klaviyo's JSON names; null for one's own, the only one here.</summary>
    internal string? Company { get; init; }

    /// <inheritdoc/>
    internal override Decision Act(in StepContext context)
    {
        return Decision.Change(new CustomerEvent
        {
            Profile = [context.Profile],
            Time = context.At,
            Metric = Metric,
            Value = Value?.Read(context) is { Kind: PropertyKind.Number } value ? value.AsNumber() : null,
            Properties = Assignment.Read(Properties, context),
        });
    }
}
