namespace Klaviyo;

/// <summary>A step that sends a message to the profile or about it.</summary>
/// <threadsafety>Immutable.</threadsafety>
public abstract record SendStep : ActionStep
{
    private protected SendStep()
    {
    }

    /// <summary>Gets the channel: <c>email</c>, <c>sms</c>, <c>push</c>, <c>whatsapp</c>, <c>webhook</c> or <c>function</c>.</summary>
    public abstract string Channel { get; }

    /// <summary>Gets a condition without which this message is skipped, and the run goes on; null for none.</summary>
    public Condition? AdditionalFilter { get; init; }

    /// <summary>Gets what else Klaviyo's JSON says of the message, as it says it: <c>from_email</c>, <c>name</c>, …</summary>
    /// <value>Handed to the channel, its texts filled like any template, but for the names of things.</value>
    public PropertyMap Options { get; init; } = [];

    /// <summary>Gets how its messages are delivered; null for as all others are.</summary>
    public DeliveryPolicy? Delivery { get; init; }

    /// <summary>Gets whether the message goes to the profile itself, and not to others or to a machine.</summary>
    internal virtual bool IsToProfile => Array.IndexOf(MessageChannels.OfPeople, Channel) >= 0;

    /// <summary>Gets whether the message is no marketing: consent to marketing, caps and quiet hours do not matter.</summary>
    internal virtual bool IsTransactional => false;

    /// <summary>Gets whether smart sending may skip the message: it does unless the definition says otherwise, as in Klaviyo.</summary>
    internal bool SendsSmartly => Flag("smart_sending_enabled");

    /// <summary>Gets whether the message keeps quiet hours: it does unless the definition says otherwise, as in Klaviyo.</summary>
    internal bool KeepsQuietHours => Flag("sms_quiet_hours_enabled");

    /// <summary>Gets what the run does when a message is not delivered.</summary>
    internal ErrorPolicy OnError => Delivery?.OnError ?? ErrorPolicy.Continue;

    /// <summary>Gets where the message goes; null where the profile has no such address.</summary>
    internal abstract string? Address(IFlowFacts facts);

    /// <summary>Tells by consent and suppression why the profile must not be written to at an instant.</summary>
    /// <returns><see cref="SkipReason.None"/> if it may.</returns>
    internal abstract SkipReason Refusal(ProfileHistory history, Instant at);

    /// <inheritdoc/>
    internal sealed override Decision Act(in StepContext context)
    {
        if (AdditionalFilter is { } filter && !filter.Holds(context.EvaluationOfRun()))
        {
            return Decision.Skip(SkipReason.MessageFilterFailed);
        }

        if (SendGate.Check(this, context) is { } refused)
        {
            return refused;
        }

        return context.Message!.TryRender(context, out _, out var error)
            ? Sending(context)
            : Decision.Skip(SkipReason.TemplateError, error);
    }

    /// <summary>Gets the decision to send.</summary>
    private protected virtual Decision Sending(in StepContext context) => Decision.Send;

    /// <summary>Refuses by the rule of channels to which a profile must have agreed, unless the message is no marketing.</summary>
    private protected SkipReason OnlyOptedIn(ProfileHistory history, Instant at)
    {
        return history.Consent(Channel, at)?.Status switch
        {
            ConsentStatus.Suppressed => SkipReason.Suppressed,
            ConsentStatus.Subscribed => SkipReason.None,
            _ when IsTransactional => SkipReason.None,
            _ => SkipReason.NoConsent,
        };
    }

    /// <summary>Refuses by the rule of channels from which a profile may have unsubscribed, unless the message is no marketing.</summary>
    private protected SkipReason UnlessOptedOut(ProfileHistory history, Instant at)
    {
        return history.Consent(Channel, at)?.Status switch
        {
            ConsentStatus.Suppressed => SkipReason.Suppressed,
            ConsentStatus.Unsubscribed when !IsTransactional => SkipReason.NoConsent,
            _ => SkipReason.None,
        };
    }

    private bool Flag(string option) => Options[option] is not { Kind: PropertyKind.Boolean } flag || flag.AsBoolean();
}
