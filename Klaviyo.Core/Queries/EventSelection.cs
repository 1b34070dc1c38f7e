namespace Klaviyo;

// The events of one metric that pass all of some filters.
internal readonly record struct EventSelection(string Metric, ValueList<PropertyFilter> Where)
{
    // Whether an event may pass at one T and not at another.
    internal bool DependsOnTime => Where.Any(w => w.Filter is { DependsOnTime: true });

    internal string Words => Where.Count == 0 ? $"'{Metric}'" : $"'{Metric}' where {string.Join(" and ", Where)}";

    // Nothing that lies after T is selected: it does not exist yet. Valid until the next call on the history.
    internal ReadOnlySpan<EventRow> Rows(in EvaluationContext context, TimeRange range)
    {
        range = range.UpTo(context.At);
        return range.IsEmpty ? [] : Passing(context.History.Events(Metric, range), context);
    }

    internal ReadOnlySpan<EventRow> Rows(in EvaluationContext context, DateFilter window)
    {
        if (window.TryGetRange(context, out var range))
        {
            return Rows(context, range);
        }

        var rows = new List<EventRow>();
        foreach (var row in Rows(context, TimeRange.All))
        {
            if (window.Matches(row.Time, context))
            {
                rows.Add(row);
            }
        }

        return rows.ToArray();
    }

    // A copy, where properties are asked for while the rows are walked: that is a call on the history.
    internal ReadOnlySpan<EventRow> Passing(ReadOnlySpan<EventRow> rows, in EvaluationContext context)
    {
        if (Where.Count == 0 || rows.IsEmpty)
        {
            return rows;
        }

        var kept = rows.ToArray();
        var count = 0;
        foreach (var row in kept)
        {
            if (Passes(row, context))
            {
                kept[count++] = row;
            }
        }

        return kept.AsSpan(0, count);
    }

    internal bool Passes(EventRow row, in EvaluationContext context)
    {
        foreach (var filter in Where.AsSpan())
        {
            if (!filter.Passes(row, context))
            {
                return false;
            }
        }

        return true;
    }
}
