namespace Klaviyo;

/// <summary>Holds when what is made of a metric's events in a window matches a filter of any kind.</summary>
/// <remarks>
/// Our addition, <c>aggregate</c>: the last country that was ordered from is <c>France</c>, the first due date lies in the next
/// week, the mean quantity is between 2 and 3. Where there is nothing to make it of, the value is missing.
/// </remarks>
public sealed record AggregateCondition : MetricWindowCondition
{
    /// <summary>Gets what is made.</summary>
    public required Measure Measure { get; init; }

    /// <summary>Gets the test of it.</summary>
    public required ValueFilter Filter { get; init; }

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => Filter.Matches(Measured(context), context);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context)
    {
        var next = EventBoundary.Next(Selection, Window, context);
        return Filter.DependsOnTime ? Boundary.Earlier(next, Filter.NextBoundary(Measured(context), context)) : next;
    }

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var rows = Selection.Rows(context, Window).ToArray();
        var value = Measure.Of(rows, context.History);
        var words = $"{Measure} of {Selection.Words} {Window.Words} {Filter.Words}";
        return new Explanation(words, Filter.Matches(value, context), value, rows, []);
    }

    private PropertyValue Measured(in EvaluationContext context) =>
        Measure.Of(Selection.Rows(context, Window), context.History);
}
