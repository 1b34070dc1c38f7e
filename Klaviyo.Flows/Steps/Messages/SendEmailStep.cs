namespace Klaviyo;

/// <summary>Sends an e-mail.</summary>
/// <remarks>
/// It goes to the profile's e-mail address, unless the profile unsubscribed or is suppressed. A profile that never said
/// anything is written to, as Klaviyo does.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SendEmailStep : SendStep
{
    /// <inheritdoc/>
    public override string Type => "send-email";

    /// <inheritdoc/>
    public override string Channel => "email";

    /// <summary>Gets the template of the subject line.</summary>
    public string SubjectLine { get; init; } = "";

    /// <summary>Gets the template of the body, in HTML; values are escaped. Null where <see cref="TemplateId"/> names one.</summary>
    public string? Body { get; init; }

    /// <summary>Gets the id of a template in <see cref="CustomerPlatformOptions.Templates"/>; null where there is a body.</summary>
    public string? TemplateId { get; init; }

    /// <summary>Gets whether the message is no marketing, so that it also goes to who unsubscribed; never to who is suppressed.</summary>
    public bool Transactional { get; init; }

    /// <inheritdoc/>
    internal override bool IsTransactional => Transactional;

    /// <inheritdoc/>
    internal override string? Address(IFlowFacts facts) => facts.Address(IdentifierKind.Email);

    /// <inheritdoc/>
    internal override SkipReason Refusal(ProfileHistory history, Instant at) => UnlessOptedOut(history, at);
}
