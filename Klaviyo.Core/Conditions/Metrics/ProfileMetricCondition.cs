namespace Klaviyo;

/// <summary>Holds when the profile did a metric so often, or for so much, in a window.</summary>
/// <remarks>"Zero times" holds for every profile without such an event, however young.</remarks>
public sealed record ProfileMetricCondition : MetricWindowCondition
{
    /// <summary>Gets what is measured.</summary>
    /// <value>The default is the count.</value>
    public Measure Measure { get; init; } = Measure.Count;

    /// <summary>Gets the test of what was measured.</summary>
    public required NumberFilter Amount { get; init; }

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

    private ReadOnlySpan<EventRow> Counted(in EvaluationContext context) => Selection.Rows(context, Window);

    private PropertyValue Measured(ReadOnlySpan<EventRow> rows, in EvaluationContext context) =>
        Measure.Of(rows, context.History);
}
