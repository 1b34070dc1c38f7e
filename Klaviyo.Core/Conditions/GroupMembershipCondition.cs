namespace Klaviyo;

/// <summary>Holds when the profile is on any of some lists or in any of some segments, or in none of them.</summary>
/// <param name="IsMember">False asks for the complement: in none of them (and joined in the timeframe).</param>
/// <param name="Groups">The names of the lists and segments; with none, nobody is in any of them.</param>
/// <param name="Joined">The timeframe in which the present membership began; null for any time.</param>
public sealed record GroupMembershipCondition(bool IsMember, ValueList<string> Groups, DateFilter? Joined) : Condition
{
    /// <summary>Creates a condition on membership alone.</summary>
    public GroupMembershipCondition(bool isMember, params ReadOnlySpan<string> groups)
        : this(isMember, ValueList.Create(groups), null)
    {
    }

    internal Unseen<string> AnyTime { get; init; }

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => IsCounted(context) == IsMember;

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context)
    {
        Instant? next = null;
        foreach (var group in Groups.AsSpan())
        {
            next = Boundary.Earlier(next, context.History.MembershipBoundary(group, context));
            if (Joined is not null && context.History.MemberSince(group, context, Joined.HorizonAt(context)) is { } since)
            {
                next = Boundary.Earlier(next, Joined.NextBoundary(since, context));
            }
        }

        return next;
    }

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var groups = Groups.Count == 0 ? "any of no groups" : string.Join(" or ", Groups.Select(g => $"'{g}'"));
        var words = $"is {(IsMember ? "in" : "not in")} {groups}{(Joined is null ? "" : $", joined {Joined.Words}")}";
        var since = Counted(context, Instant.MinValue);
        var rules = new List<Explanation>();
        foreach (var group in Groups)
        {
            if (context.History.ExplainMembership(group, context) is { } rule)
            {
                rules.Add(rule with { Condition = $"'{group}': {rule.Condition}" });
            }
        }

        return new Explanation(words, since is not null == IsMember, since ?? PropertyValue.Null, [], rules);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => dependencies.Groups.UnionWith(Groups);

    private bool IsCounted(in EvaluationContext context)
    {
        if (Joined is not null)
        {
            return Counted(context, Joined.HorizonAt(context)) is not null;
        }

        foreach (var group in Groups.AsSpan())
        {
            if (context.History.IsMember(group, context.At))
            {
                return true;
            }
        }

        return false;
    }

    // Since when the profile is in the first of the groups that counts.
    private Instant? Counted(in EvaluationContext context, Instant horizon)
    {
        foreach (var group in Groups.AsSpan())
        {
            if (context.History.MemberSince(group, context, horizon) is { } since
                && (Joined is null || Joined.Matches(since, context)))
            {
                return since;
            }
        }

        return null;
    }
}
