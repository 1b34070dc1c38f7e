namespace Klaviyo;

/// <summary>What a turn of the flows did.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record FlowProgress
{
    /// <summary>Gets how many transitions runs made.</summary>
    public long Transitions { get; init; }

    /// <summary>Gets how many messages were delivered.</summary>
    public long Delivered { get; init; }

    /// <summary>Gets how many attempts did not succeed and will be repeated.</summary>
    public long Retried { get; init; }

    /// <summary>Gets how many attempts failed for good: each message has bounced, or is a dead letter.</summary>
    public long Failed { get; init; }

    /// <summary>Gets the instant at or before which nothing more is due; null where nothing waits.</summary>
    public Instant? NextWake { get; init; }
}
