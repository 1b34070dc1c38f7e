namespace Klaviyo;

/// <summary>An event that was received later than it should have been.</summary>
/// <param name="Profile">Whose it is; after a merge, the destination.</param>
/// <param name="Event">The event.</param>
/// <param name="Backfill">Whether the sender said that it brings old events, so that being late is no surprise.</param>
/// <param name="Next">Where a later subscription goes on behind this event.</param>
public sealed record LateEvent(ProfileId Profile, StoredEvent Event, bool Backfill, StorePosition Next)
{
    /// <summary>Gets how much later than it happened the event was received.</summary>
    public TimeSpan Lateness => TimeSpan.FromMilliseconds(Event.Received.UnixMs - Event.Time.UnixMs);
}
