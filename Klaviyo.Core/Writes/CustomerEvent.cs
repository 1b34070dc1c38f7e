namespace Klaviyo;

/// <summary>Something that a profile did, to be stored for ever.</summary>
public sealed record CustomerEvent : CustomerWrite
{
    /// <summary>Gets the metric: the kind of event, e.g. <c>Placed Order</c>. Case-sensitive, 1 to 256 characters.</summary>
    public required string Metric { get; init; }

    /// <summary>Gets how much, e.g. the revenue of an order.</summary>
    /// <value>Null where the event has no amount. A finite number otherwise.</value>
    public double? Value { get; init; }

    /// <summary>Gets the sender's id of the event: the same id is stored once per profile and metric, for ever.</summary>
    /// <value>Null stores the event always.</value>
    public string? UniqueId { get; init; }

    /// <summary>Gets everything else that was sent.</summary>
    public PropertyMap Properties { get; init; } = [];

    /// <summary>Gets properties to write to the profile along with the event, at its time.</summary>
    public PropertyMap ProfileProperties { get; init; } = [];

    /// <summary>Gets whether the event is history being brought in: it counts everywhere but starts no flow.</summary>
    public bool Backfill { get; init; }

    /// <summary>Gets when the event was first accepted, where an export tells; null for now.</summary>
    internal Instant? Received { get; init; }
}
