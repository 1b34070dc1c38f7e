namespace Klaviyo;

/// <summary>Klaviyo's shape: every group must hold, and a group holds when any of its conditions does.</summary>
/// <param name="Groups">The groups; with none, the condition holds for everyone.</param>
public sealed record GroupsCondition(ValueList<OrCondition> Groups) : Condition
{
    // A group counts with its conditions, as they stand in one another, not for itself.
    internal override int Nesting
    {
        get
        {
            var deepest = 0;
            foreach (var group in Groups.AsSpan())
            {
                deepest = Math.Max(deepest, group.Nesting);
            }

            return deepest;
        }
    }

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context)
    {
        foreach (var group in Groups.AsSpan())
        {
            if (!group.Holds(context))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => Parts.NextBoundary(Groups, context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var parts = Parts.Explain(Groups, context);
        return new Explanation("all of", parts.All(p => p.Holds), default, [], parts);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => Parts.AddDependencies(Groups, dependencies);
}
