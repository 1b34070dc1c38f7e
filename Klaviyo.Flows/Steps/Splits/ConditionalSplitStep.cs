namespace Klaviyo;

/// <summary>Goes one way or the other by a condition on the profile, as of the instant at which the run arrives.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ConditionalSplitStep : SplitStep
{
    /// <inheritdoc/>
    public override string Type => "conditional-split";

    /// <summary>Gets the condition; null in a draft.</summary>
    public Condition? Filter { get; init; }

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context) => Decision.Branch(Filter!.Holds(context.EvaluationOfRun()));
}
