namespace Klaviyo;

/// <summary>What a provider, a mail program or a person says of a message that was sent.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record MessageFeedback
{
    /// <summary>Gets the message: its token, see <see cref="Channels.FlowMessage.Token"/>, or its key together with <see cref="Profile"/>.</summary>
    public required string Message { get; init; }

    /// <summary>Gets any identifier of the profile that got the message.</summary>
    /// <value>Null where <see cref="Message"/> is a token, which knows.</value>
    public Identifier? Profile { get; init; }

    /// <summary>Gets what happened.</summary>
    public required MessageFeedbackKind Kind { get; init; }

    /// <summary>Gets when it happened.</summary>
    /// <value>The default is the store's clock when it is recorded.</value>
    public Instant? Time { get; init; }

    /// <summary>Gets the link that was clicked; null where none was.</summary>
    public string? Url { get; init; }

    /// <summary>Gets what there is to say, e.g. what the other server answered to a mail that bounced; may be empty.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Gets the sender's id of the event: the same id is recorded once.</summary>
    /// <value>
    /// The default is null: an opening or a click counts each time, everything else once for a message.
    /// </value>
    public string? UniqueId { get; init; }
}

/// <summary>What may happen to a message that was sent.</summary>
public enum MessageFeedbackKind
{
    /// <summary>It was opened.</summary>
    Opened,

    /// <summary>A link in it was clicked.</summary>
    Clicked,

    /// <summary>It came back, and others may arrive: the mailbox is full.</summary>
    SoftBounced,

    /// <summary>It came back, and others will: there is no such address. The profile is suppressed on the channel.</summary>
    Bounced,

    /// <summary>The person called it spam. The profile is suppressed on the channel.</summary>
    MarkedAsSpam,

    /// <summary>The person wants no more of them. The profile is unsubscribed from the channel.</summary>
    Unsubscribed,
}
