namespace Klaviyo;

/// <summary>Sends a push notification.</summary>
/// <remarks>
/// It goes to the profile's <c>push_token</c>, an identifier of a kind of its own, if the profile has one and did not withdraw:
/// who gave a token agreed on the device.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SendPushStep : SendStep
{
    /// <summary>The kind of identifier that tokens are.</summary>
    public const string TokenKind = "push_token";

    /// <inheritdoc/>
    public override string Type => "send-mobile-push";

    /// <inheritdoc/>
    public override string Channel => "push";

    /// <summary>Gets the template of the title; null for none.</summary>
    public string? Title { get; init; }

    /// <summary>Gets the template of the text.</summary>
    public required string Body { get; init; }

    /// <summary>Gets whether the message is no marketing, so that it also goes to who unsubscribed; never to who is suppressed.</summary>
    public bool Transactional { get; init; }

    /// <inheritdoc/>
    internal override bool IsTransactional => Transactional;

    /// <inheritdoc/>
    internal override string? Address(IFlowFacts facts) => facts.Address(IdentifierKind.Of(TokenKind));

    /// <inheritdoc/>
    internal override SkipReason Refusal(ProfileHistory history, Instant at) => UnlessOptedOut(history, at);
}
