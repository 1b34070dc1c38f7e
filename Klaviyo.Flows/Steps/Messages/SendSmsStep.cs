namespace Klaviyo;

/// <summary>Sends a text message.</summary>
/// <remarks>
/// It goes to the profile's phone number, if the profile subscribed: unlike e-mail, silence is no consent, as in Klaviyo.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SendSmsStep : SendStep
{
    /// <inheritdoc/>
    public override string Type => "send-sms";

    /// <inheritdoc/>
    public override string Channel => "sms";

    /// <summary>Gets the template of the text.</summary>
    public required string Body { get; init; }

    /// <summary>Gets whether the message is no marketing, so that it needs no consent; never to who is suppressed.</summary>
    public bool Transactional { get; init; }

    /// <inheritdoc/>
    internal override bool IsTransactional => Transactional;

    /// <inheritdoc/>
    internal override string? Address(IFlowFacts facts) => facts.Address(IdentifierKind.PhoneNumber);

    /// <inheritdoc/>
    internal override SkipReason Refusal(ProfileHistory history, Instant at) => OnlyOptedIn(history, at);
}
