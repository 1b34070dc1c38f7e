namespace Klaviyo;

/// <summary>Whether and why a profile can be reached.</summary>
public enum Reach
{
    /// <summary>It said that it wants to be.</summary>
    ExplicitlyReachable,

    /// <summary>It said nothing, and the channel needs no word: <c>email</c>, and those whose name ends in <c>_transactional</c>.</summary>
    ImplicitlyReachable,

    /// <summary>One of the two.</summary>
    Reachable,

    /// <summary>It said that it does not want to be, or was suppressed.</summary>
    ExplicitlyUnreachable,

    /// <summary>It said nothing, and the channel needs a word.</summary>
    ImplicitlyUnreachable,

    /// <summary>One of the two.</summary>
    Unreachable,
}

/// <summary>Holds when a profile can be reached on a channel, by what it said or without a word.</summary>
public sealed record ProfilePermissionsCondition : Condition
{
    internal static readonly OperatorNames<Reach> Names = new(
        ("explicitly_reachable", Reach.ExplicitlyReachable),
        ("implicitly_reachable", Reach.ImplicitlyReachable),
        ("implicitly_or_explicitly_reachable", Reach.Reachable),
        ("explicitly_unreachable", Reach.ExplicitlyUnreachable),
        ("implicitly_unreachable", Reach.ImplicitlyUnreachable),
        ("implicitly_or_explicitly_unreachable", Reach.Unreachable));

    /// <summary>Gets the channel, e.g. <c>whatsapp_marketing</c>.</summary>
    public required string Channel { get; init; }

    /// <summary>Gets the reach that is asked for.</summary>
    public required Reach Reach { get; init; }

    /// <summary>Gets the tests of how and when it was said; all must pass.</summary>
    public ValueList<ConsentFilter> Filters { get; init; } = [];

    internal Unseen<string> Nothing { get; init; }

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context)
    {
        var said = Said(context);
        var reach = ReachOf(said.Status);
        return (reach == Reach || (Reach is Reach.Reachable or Reach.Unreachable && IsReach(reach) == IsReach(Reach)))
            && said.Pass(Filters, context);
    }

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => Said(context).NextBoundary(Filters, context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var words = $"is {Names.NameOf(Reach).Replace('_', ' ')} on {Channel}" + string.Concat(Filters.Select(f => $", {f}"));
        return new Explanation(words, Holds(context), Names.NameOf(ReachOf(Said(context).Status)), [], []);
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

    private static bool IsReach(Reach reach) => reach is Reach.Reachable or Reach.ExplicitlyReachable or Reach.ImplicitlyReachable;

    private Reach ReachOf(ConsentStatus status)
    {
        return status switch
        {
            ConsentStatus.Subscribed => Reach.ExplicitlyReachable,
            ConsentStatus.NeverSubscribed when ConsentWords.ReachesWithoutAWord(Channel) => Reach.ImplicitlyReachable,
            ConsentStatus.NeverSubscribed => Reach.ImplicitlyUnreachable,
            _ => Reach.ExplicitlyUnreachable,
        };
    }

    private ConsentWords Said(in EvaluationContext context) => new(Channel, underSuppression: false, context);
}
