namespace Klaviyo;

/// <summary>A condition of Klaviyo's that has no meaning here: kept so that a definition is written as it was read.</summary>
/// <remarks>A definition with one is refused, by its name and place, when it is defined to run; so it is never evaluated.</remarks>
/// <param name="Type">Its type in JSON.</param>
/// <param name="Json">All of it, as it was written.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ForeignCondition(string Type, string Json) : Condition
{
    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => throw NoAnswer();

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => throw NoAnswer();

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context) => throw NoAnswer();

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies)
    {
        // It is not evaluated.
    }

    private InvalidOperationException NoAnswer() => new($"The condition '{Type}' has no meaning here and no answer.");
}
