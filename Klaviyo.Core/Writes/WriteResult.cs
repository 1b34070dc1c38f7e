namespace Klaviyo;

/// <summary>What became of one write.</summary>
/// <remarks>Small, because a batch has thousands: what is rare stands in an object that most results do not have.</remarks>
/// <threadsafety>This type is an immutable value type.</threadsafety>
public readonly record struct WriteResult
{
    private static readonly Rare OnlyDuplicate = new(true, null, null);

    // The id plus one, so that the default value has no event.
    private readonly long _event;
    private readonly Rare? _rare;

    /// <summary>Creates a result.</summary>
    /// <param name="profile">The profile that the write went to.</param>
    /// <param name="event">The event, where there is one.</param>
    /// <param name="duplicate">Whether it was there already.</param>
    /// <param name="conflict">The identifier that was left where it is.</param>
    /// <param name="rejection">Why the write was refused.</param>
    public WriteResult(ProfileId profile, EventId? @event, bool duplicate, Identifier? conflict, Rejection? rejection)
    {
        Profile = profile;
        _event = @event is { } id ? id.Value + 1 : 0;
        _rare = conflict is null && rejection is null
            ? (duplicate ? OnlyDuplicate : null)
            : new Rare(duplicate, conflict, rejection);
    }

    /// <summary>Gets the profile that the write went to.</summary>
    public ProfileId Profile { get; }

    /// <summary>Gets the event; with a duplicate, the one that was stored first. Null for other writes.</summary>
    public EventId? Event => _event == 0 ? null : new EventId(_event - 1);

    /// <summary>Gets whether an event with this unique id was there already, so that nothing was stored.</summary>
    public bool Duplicate => _rare is { Duplicate: true };

    /// <summary>Gets the identifier that already names another known profile, and was left there; null where all agree.</summary>
    public Identifier? Conflict => _rare?.Conflict;

    /// <summary>Gets why the write was refused; null where it was accepted.</summary>
    public Rejection? Rejection => _rare?.Rejection;

    /// <summary>Gets whether the write is stored, or was already.</summary>
    public bool Accepted => Rejection is null;

    private sealed record Rare(bool Duplicate, Identifier? Conflict, Rejection? Rejection);
}
