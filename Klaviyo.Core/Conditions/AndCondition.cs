namespace Klaviyo;

/// <summary>Holds when all of its conditions hold; with none, for everyone.</summary>
/// <param name="Conditions">The conditions.</param>
public sealed record AndCondition(ValueList<Condition> Conditions) : Condition
{
    /// <summary>Gets the conditions.</summary>
    public ValueList<Condition> Conditions { get; init => field = Parts.Bounded(value); } = Parts.Bounded(Conditions);

    internal override int Nesting => Parts.Nesting(Conditions);

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context)
    {
        foreach (var condition in Conditions.AsSpan())
        {
            if (!condition.Holds(context))
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => Parts.NextBoundary(Conditions, context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var parts = Parts.Explain(Conditions, context);
        return new Explanation("all of", parts.All(p => p.Holds), default, [], parts);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => Parts.AddDependencies(Conditions, dependencies);
}
