namespace Klaviyo;

/// <summary>Holds when a profile did a metric so often in each of the last units of time.</summary>
/// <remarks>
/// Our addition, <c>regularly</c>: with 3 months, in (T − 1 month, T] and in (T − 2 months, T − 1 month] and in
/// (T − 3 months, T − 2 months].
/// </remarks>
public sealed record RegularlyCondition : MetricCondition
{
    private readonly int _times = 1;
    private readonly int _quantity = 1;

    /// <summary>Gets how often at least in each unit.</summary>
    /// <value>The default is once.</value>
    /// <exception cref="ArgumentOutOfRangeException">Less than 1.</exception>
    public int Times
    {
        get => _times;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _times = value;
        }
    }

    /// <summary>Gets how many units.</summary>
    /// <value>1 to 1000.</value>
    /// <exception cref="ArgumentOutOfRangeException">Not 1 to 1000.</exception>
    public required int Quantity
    {
        get => _quantity;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, Klaviyo.Periods.CountMax);
            _quantity = value;
        }
    }

    /// <summary>Gets the unit.</summary>
    public required TimeUnit Unit { get; init; }

    private Periods Periods => new(0, Quantity, Unit);

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => Periods.HaveAtLeast(Times, Rows(context), context);

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => EventBoundary.Next(Selection, Periods.Edges(), context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var rows = Periods.Of(Rows(context), context).ToArray();
        var words = $"{Selection.Words} at least {Times} times in each of the last {UnitWords.Of(Quantity, Unit)}";
        return new Explanation(words, Holds(context), rows.Length, rows, []);
    }

    private ReadOnlySpan<EventRow> Rows(in EvaluationContext context)
    {
        var from = context.Zone.Plus(context.At, -Quantity, Unit).PlusMs(1);
        return Selection.Rows(context, new TimeRange(from, context.At));
    }
}
