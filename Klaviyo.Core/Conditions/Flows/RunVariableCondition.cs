namespace Klaviyo;

/// <summary>Holds when a variable of the run matches a filter. Ours, for flows only.</summary>
/// <param name="Variable">The variable, or a way into it.</param>
/// <param name="Filter">The test.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record RunVariableCondition(PropertyPath Variable, ValueFilter Filter) : Condition
{
    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => Filter.Matches(Value(context), context);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => Filter.NextBoundary(Value(context), context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context) =>
        new($"the variable {Variable.Text} of the run {Filter.Words}", Holds(context), Value(context), [], []);

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies)
    {
        // Variables are no facts of the profile; the run knows them.
    }

    private PropertyValue Value(in EvaluationContext context) =>
        context.Variables is { } variables ? Variable.Of(variables) : PropertyValue.Null;
}
