namespace Klaviyo;

/// <summary>Holds when the first event ever of a metric lies in a window.</summary>
/// <remarks>Our addition, <c>first-time</c>. With filters, the first of those that pass them.</remarks>
public sealed record FirstTimeCondition : MetricWindowCondition
{
    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => First(context) is { } row && Window.Matches(row.Time, context);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context)
    {
        // The first event stays the first, so only its own place in the window matters.
        return !Selection.DependsOnTime && First(context) is { } row
            ? Window.NextBoundary(row.Time, context)
            : EventBoundary.Next(Selection, Window, context);
    }

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var words = $"{Selection.Words} for the first time {Window.Words}";
        return First(context) is { } row
            ? new Explanation(words, Window.Matches(row.Time, context), row.Time, [row], [])
            : new Explanation(words, false, default, [], []);
    }

    private EventRow? First(in EvaluationContext context) =>
        Selection.Rows(context, TimeRange.All) is [var first, ..] ? first : null;
}
