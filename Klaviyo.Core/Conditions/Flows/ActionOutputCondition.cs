namespace Klaviyo;

/// <summary>Holds when a property of what an action of the run put out matches a filter. For flows only.</summary>
/// <remarks>It stands in a split on the output of an action, which says what the output is.</remarks>
/// <param name="OutputConfigId">The number that Klaviyo has for the shape of the output; kept, not read.</param>
/// <param name="Field">The property.</param>
/// <param name="Filter">The test.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ActionOutputCondition(int OutputConfigId, PropertyPath Field, ValueFilter Filter) : Condition
{
    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => Filter.Matches(Value(context), context);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => Filter.NextBoundary(Value(context), context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context) =>
        new($"{Field.Text} of what the action put out {Filter.Words}", Holds(context), Value(context), [], []);

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies)
    {
        // The split that it stands in says what the output is.
    }

    private PropertyValue Value(in EvaluationContext context) =>
        context.Output is { } row ? Field.Of(context.History, row) : PropertyValue.Null;
}
