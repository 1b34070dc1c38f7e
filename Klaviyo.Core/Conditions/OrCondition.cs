namespace Klaviyo;

/// <summary>Holds when any of its conditions holds; with none, for nobody.</summary>
/// <param name="Conditions">The conditions.</param>
public sealed record OrCondition(ValueList<Condition> Conditions) : Condition
{
    /// <summary>Gets the conditions.</summary>
    public ValueList<Condition> Conditions { get; init => field = Parts.Bounded(value); } = Parts.Bounded(Conditions);

    internal override int Nesting => Parts.Nesting(Conditions);

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context)
    {
        foreach (var condition in Conditions.AsSpan())
        {
            if (condition.Holds(context))
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => Parts.NextBoundary(Conditions, context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var parts = Parts.Explain(Conditions, context);
        return new Explanation("any of", parts.Any(p => p.Holds), default, [], parts);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => Parts.AddDependencies(Conditions, dependencies);
}
