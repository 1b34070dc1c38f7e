namespace Klaviyo;

/// <summary>Sends an e-mail about the profile to one's own people.</summary>
/// <remarks>It goes over the channel <c>email</c> to all addresses in one message; the consent of the profile is not asked.</remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record SendInternalAlertStep : SendStep
{
    /// <inheritdoc/>
    public override string Type => "send-internal-alert";

    /// <inheritdoc/>
    public override string Channel => "email";

    /// <summary>Gets the addresses.</summary>
    public required ValueList<string> To { get; init; }

    /// <summary>Gets the template of the subject line.</summary>
    public string SubjectLine { get; init; } = "";

    /// <summary>Gets the template of the body, in HTML; values are escaped. Null where <see cref="TemplateId"/> names one.</summary>
    public string? Body { get; init; }

    /// <summary>Gets the id of a template in <see cref="CustomerPlatformOptions.Templates"/>; null where there is a body.</summary>
    public string? TemplateId { get; init; }

    /// <inheritdoc/>
    internal override bool IsToProfile => false;

    /// <inheritdoc/>
    internal override string? Address(IFlowFacts facts) => string.Join(", ", To);

    /// <inheritdoc/>
    internal override SkipReason Refusal(ProfileHistory history, Instant at) => SkipReason.None;
}
