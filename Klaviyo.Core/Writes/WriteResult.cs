namespace Klaviyo;

/// <summary>What became of one write.</summary>
/// <param name="Profile">The profile that it went to.</param>
/// <param name="Event">The event; with a duplicate, the one that was stored first. Null for other writes.</param>
/// <param name="Duplicate">Whether an event with this unique id was there already, so that nothing was stored.</param>
/// <param name="Conflict">
/// The identifier that already names another known profile, and was left there; null where all agree.
/// </param>
/// <param name="Rejection">Why the write was refused; null where it was accepted.</param>
public readonly record struct WriteResult(
    ProfileId Profile,
    EventId? Event,
    bool Duplicate,
    Identifier? Conflict,
    Rejection? Rejection)
{
    /// <summary>Gets whether the write is stored, or was already.</summary>
    public bool Accepted => Rejection is null;
}
