namespace Klaviyo;

/// <summary>Holds when its condition does not.</summary>
/// <param name="Negated">The condition.</param>
public sealed record NotCondition(Condition Negated) : Condition
{
    /// <summary>Gets the condition.</summary>
    public Condition Negated { get; init => field = Parts.Bounded(value); } = Parts.Bounded(Negated);

    internal override int Nesting => Negated.Nesting + 1;

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => !Negated.Holds(context);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => Negated.NextBoundary(context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var part = Negated.Explain(context);
        return new Explanation("not", !part.Holds, default, [], [part]);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => Negated.AddDependencies(dependencies);
}
