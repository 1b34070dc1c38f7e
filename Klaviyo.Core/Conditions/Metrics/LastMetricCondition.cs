namespace Klaviyo;

/// <summary>Holds when the latest event of a metric matches filters.</summary>
/// <remarks>
/// Our addition, <c>last-metric</c>. The latest event is the last by time, then arrival, among those that pass
/// <see cref="MetricCondition.Where"/>; without one the condition does not hold.
/// </remarks>
public sealed record LastMetricCondition : MetricWindowCondition
{
    /// <summary>Gets the filters that the latest of them must pass, all.</summary>
    public ValueList<PropertyFilter> Filters { get; init; } = [];

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => Last(context) is { } row && Passes(row, context);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context)
    {
        var next = EventBoundary.Next(Selection, Window, context);
        if (Last(context) is { } row)
        {
            foreach (var filter in Filters)
            {
                next = Boundary.Earlier(next, filter.Filter?.NextBoundary(filter.Property.Of(context.History, row), context));
            }
        }

        return next;
    }

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var words = $"the last {Selection.Words} {Window.Words} has {string.Join(" and ", Filters)}";
        return Last(context) is { } row
            ? new Explanation(words, Passes(row, context), row.Time, [row], [])
            : new Explanation(words, false, default, [], []);
    }

    private EventRow? Last(in EvaluationContext context) => Selection.Rows(context, Window) is [.., var last] ? last : null;

    private bool Passes(EventRow row, in EvaluationContext context) => new EventSelection(Metric, Filters).Passes(row, context);
}
