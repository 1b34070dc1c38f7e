namespace Klaviyo.Channels;

/// <summary>A message that a flow sends: rendered, addressed, and with the key that never changes.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record FlowMessage
{
    /// <summary>Gets the idempotency key: 32 hexadecimal digits, the same on every attempt and after every crash.</summary>
    public required string Key { get; init; }

    /// <summary>Gets the key and the profile in one text: what a link that comes back carries, see <see cref="MessageFeedback.Message"/>.</summary>
    public string Token => MessageToken.Of(Key, Profile);

    /// <summary>Gets the page on which who gets the message unsubscribes from the channel, with a signed token.</summary>
    /// <value>Null where <see cref="CustomerPlatformOptions.Unsubscribe"/> names none, and for what goes to nobody but a machine.</value>
    public string? UnsubscribeUrl { get; init; }

    /// <summary>Gets the token of that page; the token of the message where there is no page.</summary>
    internal string UnsubscribeToken
    {
        get => field ?? Token;
        init;
    }

    /// <summary>Gets the channel: <c>email</c>, <c>sms</c>, <c>webhook</c>, ….</summary>
    public required string Channel { get; init; }

    /// <summary>Gets the name of the flow.</summary>
    public required string Flow { get; init; }

    /// <summary>Gets the id of the step.</summary>
    public required string Step { get; init; }

    /// <summary>Gets the run.</summary>
    public required RunId Run { get; init; }

    /// <summary>Gets the profile.</summary>
    public required ProfileId Profile { get; init; }

    /// <summary>Gets the instant for which the message was decided and rendered.</summary>
    public required Instant At { get; init; }

    /// <summary>Gets which attempt this is, from 1.</summary>
    /// <remarks>After a crash an attempt may be repeated under its number.</remarks>
    public required int Attempt { get; init; }

    /// <summary>Gets the e-mail address, phone number, device or URL.</summary>
    public required string To { get; init; }

    /// <summary>Gets the subject line; empty where the channel has none.</summary>
    public string Subject { get; init; } = "";

    /// <summary>Gets the text: HTML for e-mail, plain for SMS, the request body for a webhook.</summary>
    public string Body { get; init; } = "";

    /// <summary>Gets the headers of a webhook; empty otherwise.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>();

    /// <summary>Gets whether the message is no marketing, and needs no way to unsubscribe.</summary>
    public bool Transactional { get; init; }

    /// <summary>Gets whether it goes to the profile itself: then its delivery is an event of the profile.</summary>
    internal bool IsToProfile { get; init; } = true;

    /// <summary>Gets what else the definition says of the message, as it says it: <c>from_email</c>, <c>reply_to_email</c>, …</summary>
    public PropertyMap Options { get; init; } = [];
}
