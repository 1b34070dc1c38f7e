namespace Klaviyo;

/// <summary>Holds when a profile did a metric in a window, and before that not for a long time, though earlier.</summary>
/// <remarks>
/// Our addition, <c>restarted</c>: an event lies in the window, and the one before it at least the gap earlier. The first event
/// ever has none before it.
/// </remarks>
public sealed record RestartedCondition : MetricWindowCondition
{
    private readonly TimeStep _gap;

    /// <summary>Gets how long nothing happened.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Negative.</exception>
    public required TimeStep Gap
    {
        get => _gap;
        init
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value.Quantity);
            _gap = value;
        }
    }

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => Restart(context).Length > 0;

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context) => EventBoundary.Next(Selection, Window, context);

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var restart = Restart(context);
        var words = $"{Selection.Words} {Window.Words} after none for {UnitWords.Of(Gap.Quantity, Gap.Unit)}";
        return new Explanation(words, restart.Length > 0, restart.Length > 0 ? restart[1].Time : default(PropertyValue), restart, []);
    }

    // The last event after a gap and the one before it; empty where there is none.
    private EventRow[] Restart(in EvaluationContext context)
    {
        var back = Gap with { Quantity = -Gap.Quantity };
        var rows = Selection.Rows(context, TimeRange.All);
        for (var i = rows.Length - 1; i > 0; i--)
        {
            if (rows[i - 1].Time <= back.From(rows[i].Time, context.Zone) && Window.Matches(rows[i].Time, context))
            {
                return [rows[i - 1], rows[i]];
            }
        }

        return [];
    }
}
