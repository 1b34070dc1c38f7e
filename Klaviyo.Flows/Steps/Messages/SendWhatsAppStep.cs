namespace Klaviyo;

/// <summary>Sends a WhatsApp message.</summary>
/// <remarks>
/// It goes to the profile's phone number, if the profile subscribed to <c>whatsapp</c>: as for text messages, silence is no
/// consent. What is sent is the body, or the template that the vendor knows by the option <c>vendor_id</c>.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SendWhatsAppStep : SendStep
{
    /// <inheritdoc/>
    public override string Type => "send-whatsapp";

    /// <inheritdoc/>
    public override string Channel => "whatsapp";

    /// <summary>Gets the template of the text; empty where the vendor has it.</summary>
    public string Body { get; init; } = "";

    /// <summary>Gets whether the message is no marketing, so that it needs no consent; never to who is suppressed.</summary>
    public bool Transactional { get; init; }

    /// <inheritdoc/>
    internal override bool IsTransactional => Transactional;

    /// <inheritdoc/>
    internal override string? Address(IFlowFacts facts) => facts.Address(IdentifierKind.PhoneNumber);

    /// <inheritdoc/>
    internal override SkipReason Refusal(ProfileHistory history, Instant at) => OnlyOptedIn(history, at);
}
