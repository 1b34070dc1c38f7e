namespace Klaviyo;

/// <summary>An event as the store keeps it.</summary>
/// <param name="Id">Names it in this store.</param>
/// <param name="Metric">The kind of event.</param>
/// <param name="Time">When it happened.</param>
/// <param name="Received">When it was accepted.</param>
/// <param name="Value">How much; null where nothing was given.</param>
/// <param name="UniqueId">The sender's id; null where nothing was given.</param>
/// <param name="Properties">Everything else that was sent.</param>
public sealed record StoredEvent(
    EventId Id,
    string Metric,
    Instant Time,
    Instant Received,
    double? Value,
    string? UniqueId,
    PropertyMap Properties);
