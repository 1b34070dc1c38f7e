namespace Klaviyo;

/// <summary>Holds when the profile did a metric so often, or for so much, in a window.</summary>
/// <remarks>"Zero times" holds for every profile without such an event, however young.</remarks>
public sealed record ProfileMetricCondition : Condition
{
    /// <summary>Gets the metric. Case-sensitive.</summary>
    public required string Metric { get; init; }

    /// <summary>Gets what is measured.</summary>
    /// <value>The default is the count.</value>
    public Measure Measure { get; init; } = Measure.Count;

    /// <summary>Gets the test of what was measured.</summary>
    public required NumberFilter Amount { get; init; }

    /// <summary>Gets the window, relative to T.</summary>
    /// <value>The default is all time. Events after T never count.</value>
    public DateFilter Window { get; init; } = new AlltimeDateFilter();

    /// <summary>Gets the filters on properties of the events; an event must pass all.</summary>
    public ValueList<PropertyFilter> Where { get; init; } = [];

    internal Unseen<string> NoFilters { get; init; }

    private EventSelection Selection => new(Metric, Where);

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => Amount.Matches(Measured(Counted(context), context), context);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context)
    {
        var isPlainCount = Measure is { Kind: MeasureKind.Count, Property: null } && CountBoundary.AppliesTo(Selection, Window);
        return isPlainCount
            ? CountBoundary.Next(Selection, (WindowDateFilter)Window, Amount, context)
            : EventBoundary.Next(Selection, Window, context);
    }

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var rows = Counted(context).ToArray();
        var value = Measured(rows, context);
        var words = $"{Measure} of {Selection.Words} {Window.Words} {Amount.Words}";
        return new Explanation(words, Amount.Matches(value, context), value, rows, []);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => dependencies.Metrics.Add(Metric);

    private ReadOnlySpan<EventRow> Counted(in EvaluationContext context) => Selection.Rows(context, Window);

    private PropertyValue Measured(ReadOnlySpan<EventRow> rows, in EvaluationContext context) =>
        Measure.Of(rows, context.History);
}
