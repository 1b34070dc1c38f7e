namespace Klaviyo;

/// <summary>Holds when a property of the event that started the run matches a filter. For flows only.</summary>
/// <remarks>Where no event started the run, or one of another metric, the condition does not hold.</remarks>
/// <param name="Metric">The metric of the event.</param>
/// <param name="Property">The property of the event; <c>$value</c> is its value.</param>
/// <param name="Filter">The test.</param>
public sealed record MetricPropertyCondition(string Metric, PropertyPath Property, ValueFilter Filter) : Condition
{
    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) =>
        IsAbout(context.Trigger) && Filter.Matches(Property.Of(context.Trigger!), context);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) =>
        IsAbout(context.Trigger) ? Filter.NextBoundary(Property.Of(context.Trigger!), context) : null;

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var words = $"{Property} of the event '{Metric}' that started the run {Filter.Words}";
        return IsAbout(context.Trigger)
            ? new Explanation(words, Holds(context), Property.Of(context.Trigger!), [context.Trigger!.Row], [])
            : new Explanation(words, false, default, [], []);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => dependencies.ReadsTrigger = true;

    private bool IsAbout(TriggerEvent? trigger) =>
        trigger is not null && string.Equals(trigger.Metric, Metric, StringComparison.Ordinal);
}
