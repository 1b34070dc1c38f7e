namespace Klaviyo;

/// <summary>Holds when the profile did not enter the flow before, in a window. For flows only.</summary>
/// <remarks>
/// It is asked when a run is to enter. To a run that has entered it was answered then, so before an action it holds: else the
/// run would be kept out by itself.
/// </remarks>
/// <param name="Window">When an entry counts.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record NotInFlowCondition(DateFilter Window) : Condition
{
    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) =>
        context.LastEntry is not { } entry || !Window.Matches(entry, context);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) =>
        context.LastEntry is { } entry ? Window.NextBoundary(entry, context) : null;

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var value = context.LastEntry is { } entry ? (PropertyValue)entry : PropertyValue.Null;
        return new Explanation($"has not entered this flow {Window.Words}", Holds(context), value, [], []);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies)
    {
        // Entries are no facts of the profile; the flow knows them.
    }
}
