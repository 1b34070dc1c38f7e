namespace Klaviyo;

/// <summary>Holds when what a profile said about a channel lets it be written to, or does not.</summary>
/// <remarks>
/// <para>The last word decides. By e-mail a profile can be reached unless it has unsubscribed or is suppressed; by another channel
/// only when it has subscribed.</para>
/// <para>A suppression does not change the subscription that is asked for: who subscribed and was suppressed later is
/// subscribed, and out of reach.</para>
/// </remarks>
public sealed record MarketingConsentCondition : Condition
{
    /// <summary>Gets the channel: <c>email</c>, <c>sms</c>, <c>push</c>, or another.</summary>
    public required string Channel { get; init; }

    /// <summary>Gets whether the profile must be within reach; otherwise it must be out of reach.</summary>
    public required bool CanReceiveMarketing { get; init; }

    /// <summary>Gets the status that is asked for; null for any.</summary>
    public ConsentStatus? Subscription { get; init; }

    /// <summary>Gets the tests of how and when the word was said that gave the status; all must pass.</summary>
    public ValueList<ConsentFilter> Filters { get; init; } = [];

    internal Unseen<string> Nothing { get; init; }

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context)
    {
        var said = Said(context);
        return IsReachable(said.LastStatus) == CanReceiveMarketing
            && (Subscription is null || said.Status == Subscription)
            && said.Pass(Filters, context);
    }

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => Said(context).NextBoundary(Filters, context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var words = $"{(CanReceiveMarketing ? "can" : "cannot")} receive {Channel} marketing"
            + (Subscription is null ? "" : $", {Subscription}")
            + string.Concat(Filters.Select(f => $", {f}"));
        return new Explanation(words, Holds(context), Said(context).LastStatus.ToString(), [], []);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies)
    {
        dependencies.Channels.Add(Channel);
        foreach (var filter in Filters)
        {
            filter.AddDependencies(Channel, dependencies);
        }
    }

    private ConsentWords Said(in EvaluationContext context) => new(Channel, underSuppression: Subscription is not null, context);

    private bool IsReachable(ConsentStatus status) =>
        status == ConsentStatus.Subscribed
        || (status == ConsentStatus.NeverSubscribed && ConsentWords.ReachesWithoutAWord(Channel));
}
