namespace Klaviyo;

/// <summary>Holds when what a profile said about a channel lets it be written to, or does not.</summary>
/// <remarks>
/// By e-mail a profile can be reached unless it has unsubscribed or is suppressed; by another channel only when it has
/// subscribed.
/// </remarks>
public sealed record MarketingConsentCondition : Condition
{
    private const string Email = "email";

    /// <summary>Gets the channel: <c>email</c>, <c>sms</c>, <c>push</c>, or another.</summary>
    public required string Channel { get; init; }

    /// <summary>Gets whether the profile must be within reach; otherwise it must be out of reach.</summary>
    public required bool CanReceiveMarketing { get; init; }

    /// <summary>Gets the status that is asked for; null for any.</summary>
    public ConsentStatus? Subscription { get; init; }

    /// <summary>Gets the way in which the consent must have been given; null for any.</summary>
    public string? Method { get; init; }

    /// <summary>Gets the test of the instant at which it was given; null for any.</summary>
    public DateFilter? Given { get; init; }

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context)
    {
        var consent = context.History.Consent(Channel, context.At);
        var status = consent?.Status ?? ConsentStatus.NeverSubscribed;
        return IsReachable(status) == CanReceiveMarketing
            && (Subscription is null || status == Subscription)
            && (Method is null || consent?.Method == Method)
            && (Given is null || Given.Matches(consent?.Time ?? PropertyValue.Null, context));
    }

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context)
    {
        var next = context.History.ConsentBoundary(Channel, context.At);
        return Given is not null && context.History.Consent(Channel, context.At) is { } consent
            ? Boundary.Earlier(next, Given.NextBoundary(consent.Time, context))
            : next;
    }

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var status = context.History.Consent(Channel, context.At)?.Status ?? ConsentStatus.NeverSubscribed;
        var words = $"{(CanReceiveMarketing ? "can" : "cannot")} receive {Channel} marketing"
            + (Subscription is null ? "" : $", {Subscription}")
            + (Method is null ? "" : $", by '{Method}'")
            + (Given is null ? "" : $", {Given.Words}");
        return new Explanation(words, Holds(context), status.ToString(), [], []);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => dependencies.Channels.Add(Channel);

    private bool IsReachable(ConsentStatus status) => Channel == Email
        ? status is ConsentStatus.Subscribed or ConsentStatus.NeverSubscribed
        : status == ConsentStatus.Subscribed;
}
