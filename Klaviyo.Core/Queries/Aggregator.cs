using System.Buffers;

namespace Klaviyo;

/// <summary>Answers aggregate queries over one profile.</summary>
/// <threadsafety>Stateless; the history allows one caller at a time.</threadsafety>
public static class Aggregator
{
    /// <summary>Measures the events of one profile at T.</summary>
    /// <param name="query">Metric, measures, window, filters.</param>
    /// <param name="context">The profile, T, the zone.</param>
    /// <returns>One value per measure. A metric that the profile never did counts and sums to zero.</returns>
    /// <exception cref="ArgumentNullException"><paramref name="query"/> is null.</exception>
    public static AggregateResult Evaluate(AggregateQuery query, in EvaluationContext context)
    {
        ArgumentNullException.ThrowIfNull(query);
        var rows = Rows(query, context);
        if (query.GroupBy is null && !AsksForProperties(query))
        {
            return new AggregateResult(Values(query, rows, context.History), []);
        }

        // The rows are kept, because asking the history for a property may reuse their memory.
        var kept = rows.ToArray();
        var groups = query.GroupBy is null ? [] : Groups(query, query.GroupBy, kept, context.History);
        return new AggregateResult(Values(query, kept, context.History), groups);
    }

    /// <summary>Counts, sums, and finds the ends of the values of one profile's events at T, in one pass.</summary>
    /// <param name="query">Metric, window, filters. Its measures are not looked at.</param>
    /// <param name="context">The profile, T, the zone.</param>
    /// <returns>The summary of no events, where the profile never did the metric.</returns>
    /// <remarks>Allocates nothing without filters, and with filters only what reading an event's properties does.</remarks>
    /// <exception cref="ArgumentNullException"><paramref name="query"/> is null.</exception>
    /// <exception cref="ArgumentException">The query splits by a property: that is for <see cref="Evaluate"/>.</exception>
    public static AggregateSummary Summarize(AggregateQuery query, in EvaluationContext context)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.GroupBy is not null)
        {
            throw new ArgumentException("A summary is not split by a property: ask for an aggregate.", nameof(query));
        }

        if (!query.Window.TryGetRange(context, out var range))
        {
            var summary = new RunningSummary();
            summary.Add(Rows(query, context));
            return summary.Summary;
        }

        range = range.Intersect(query.Range).UpTo(context.At);
        if (range.IsEmpty)
        {
            return default;
        }

        return query.Where.Count == 0
            ? context.History.Summary(query.Metric, range)
            : Summarize(new EventSelection(query.Metric, query.Where), context.History.Events(query.Metric, range), context);
    }

    private static AggregateSummary Summarize(
        in EventSelection selection, ReadOnlySpan<EventRow> rows, in EvaluationContext context)
    {
        // A copy, because asking the history for a property may reuse their memory.
        var summary = new RunningSummary();
        var kept = ArrayPool<EventRow>.Shared.Rent(rows.Length);
        rows.CopyTo(kept);
        foreach (ref readonly var row in kept.AsSpan(0, rows.Length))
        {
            if (selection.Passes(row, context))
            {
                summary.Add(row.Value);
            }
        }

        ArrayPool<EventRow>.Shared.Return(kept);
        return summary.Summary;
    }

    private static bool AsksForProperties(AggregateQuery query)
    {
        foreach (var measure in query.Measures.AsSpan())
        {
            if (measure.Property is not null)
            {
                return true;
            }
        }

        return false;
    }

    private static ReadOnlySpan<EventRow> Rows(AggregateQuery query, in EvaluationContext context)
    {
        var selection = new EventSelection(query.Metric, query.Where);
        if (query.Window.TryGetRange(context, out var range))
        {
            return selection.Rows(context, range.Intersect(query.Range));
        }

        var rows = selection.Rows(context, query.Window).ToArray();
        return Array.FindAll(rows, row => query.Range.Contains(row.Time));
    }

    private static ValueList<PropertyValue> Values(AggregateQuery query, ReadOnlySpan<EventRow> rows, ProfileHistory history)
    {
        var values = new PropertyValue[query.Measures.Count];
        for (var i = 0; i < values.Length; i++)
        {
            values[i] = query.Measures[i].Of(rows, history);
        }

        return ValueList.Owning(values);
    }

    private static ValueList<AggregateGroup> Groups(
        AggregateQuery query, PropertyPath groupBy, EventRow[] rows, ProfileHistory history)
    {
        return ValueList.Of(rows
            .GroupBy(row => groupBy.Of(history, row))
            .OrderBy(group => group.Key, PropertyOrder.Instance)
            .Select(group => new AggregateGroup(group.Key, Values(query, group.ToArray(), history))));
    }
}
