namespace Klaviyo;

/// <summary>Holds when a profile did a metric before, and not in the last units of time.</summary>
/// <remarks>
/// Our addition, <c>stopped</c>: nothing in (T − n units, T], and up to T − n units at least so often; or regularly, so often
/// in each of the units before.
/// </remarks>
public sealed record StoppedCondition : MetricCondition
{
    private readonly int _times = 1;
    private readonly int _quantity;
    private readonly int? _before;

    /// <summary>Gets how many units ago the profile stopped at the latest.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public required int Quantity
    {
        get => _quantity;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _quantity = value;
        }
    }

    /// <summary>Gets the unit.</summary>
    public required TimeUnit Unit { get; init; }

    /// <summary>Gets how often at least it was done before.</summary>
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

    /// <summary>Gets in how many units before it was done so often, each time.</summary>
    /// <value>1 to 1000; null for so often at any time before.</value>
    /// <exception cref="ArgumentOutOfRangeException">Not 1 to 1000.</exception>
    public int? InEachOf
    {
        get => _before;
        init
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value ?? 1, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value ?? 1, Periods.CountMax);
            _before = value;
        }
    }

    private Periods Before => new(Quantity, InEachOf ?? 0, Unit);

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context)
    {
        var rows = Selection.Rows(context, TimeRange.All);
        var edge = context.Zone.Plus(context.At, -Quantity, Unit);
        return rows.Length >= Times && rows[^1].Time <= edge && Before.HaveAtLeast(Times, rows, context);
    }

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) =>
        EventBoundary.Next(Selection, [default, .. Before.Edges()], context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var rows = Selection.Rows(context, TimeRange.All).ToArray();
        var words = $"not {Selection.Words} in the last {UnitWords.Of(Quantity, Unit)}, but at least {Times} times before"
            + (InEachOf is { } units ? $" in each of {UnitWords.Of(units, Unit)}" : "");
        return new Explanation(words, Holds(context), rows.Length > 0 ? rows[^1].Time : default(PropertyValue), rows, []);
    }
}
