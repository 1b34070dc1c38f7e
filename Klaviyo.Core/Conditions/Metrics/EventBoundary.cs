namespace Klaviyo;

// The next instant at which the events that count in a window may be others, if nothing more is written: an event enters,
// an event leaves, or one whose time was still to come happens.
internal static class EventBoundary
{
    // From so many on the events are fetched once for all edges.
    private const int ManyEdges = 4;

    internal static Instant? Next(EventSelection selection, DateFilter window, in EvaluationContext context)
    {
        if (window is not WindowDateFilter range || selection.DependsOnTime)
        {
            return NextOfEach(selection, window, [], context);
        }

        return Boundary.Earlier(NextTurn(selection, range, context), NextOfEdges(selection, range.Edges, context));
    }

    // A calendar unit that turns changes nothing unless an event lies in the one before, or comes until then.
    private static Instant? NextTurn(EventSelection selection, WindowDateFilter window, in EvaluationContext context)
    {
        return window.NextTurn(context) is { } turn
            && !context.History.Events(selection.Metric, new TimeRange(window.RangeAt(context).First, turn.PlusMs(-1))).IsEmpty
                ? turn
                : null;
    }

    // The same for windows that are given by the distances from T at which they begin and end.
    internal static Instant? Next(EventSelection selection, ReadOnlySpan<TimeStep> edges, in EvaluationContext context) =>
        selection.DependsOnTime ? NextOfEach(selection, null, edges, context) : NextOfEdges(selection, edges, context);

    private static Instant? NextOfEdges(EventSelection selection, ReadOnlySpan<TimeStep> edges, in EvaluationContext context)
    {
        // T itself is among them as a distance of nothing; all others have one unit.
        if (edges.Length >= ManyEdges && edges[^1].IsFixed)
        {
            return NextOfMany(selection, edges, context);
        }

        var next = FirstAfter(selection, context.At, context)?.Time;
        foreach (var edge in edges)
        {
            next = Boundary.Earlier(next, edge.IsFixed ? NextFixed(selection, edge, context) : NextCalendar(selection, edge, context));
        }

        return next;
    }

    private static Instant? NextOfMany(EventSelection selection, ReadOnlySpan<TimeStep> edges, in EvaluationContext context)
    {
        var rows = context.History.Events(selection.Metric, TimeRange.All).ToArray();
        if (selection.Where.Count > 0)
        {
            var passing = 0;
            foreach (var row in rows)
            {
                rows[passing] = row;
                passing += selection.Passes(row, context) ? 1 : 0;
            }

            rows = rows[..passing];
        }

        var coming = FirstBehind(rows, context.At);
        var next = coming < rows.Length ? rows[coming].Time : default(Instant?);
        foreach (var edge in edges)
        {
            var first = FirstBehind(rows, edge.From(context.At, context.Zone));
            next = first < rows.Length ? Boundary.Earlier(next, edge.NextReach(rows[first].Time, context.At, context.Zone)) : next;
        }

        return next;
    }

    private static int FirstBehind(ReadOnlySpan<EventRow> rows, Instant edge)
    {
        var (low, high) = (0, rows.Length);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = rows[middle].Time <= edge ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    // A fixed distance reaches the events in their order: the first after the edge is next.
    private static Instant? NextFixed(EventSelection selection, TimeStep edge, in EvaluationContext context)
    {
        var first = FirstAfter(selection, edge.From(context.At, context.Zone), context);
        return first is { } row ? edge.NextReach(row.Time, context.At, context.Zone) : null;
    }

    private static Instant? NextCalendar(EventSelection selection, TimeStep edge, in EvaluationContext context)
    {
        Instant? next = null;
        var from = edge.From(context.At, context.Zone).PlusMs(-TimeStep.FallBackMaxMs);
        var back = new TimeStep(-edge.Quantity, edge.Unit);
        foreach (var row in context.History.Events(selection.Metric, new TimeRange(from, Instant.MaxValue)).ToArray())
        {
            if (next is { } found && back.From(row.Time, context.Zone).PlusMs(-TimeStep.FallBackMaxMs) > found)
            {
                break;
            }

            if (selection.Passes(row, context))
            {
                next = Boundary.Earlier(next, edge.NextReach(row.Time, context.At, context.Zone));
            }
        }

        return next;
    }

    // Where each event has boundaries of its own: anniversaries, and filters on dates among its properties.
    private static Instant? NextOfEach(
        EventSelection selection, DateFilter? window, ReadOnlySpan<TimeStep> edges, in EvaluationContext context)
    {
        Instant? next = null;
        foreach (var row in context.History.Events(selection.Metric, TimeRange.All).ToArray())
        {
            next = Boundary.Earlier(next, Boundary.After(context.At, row.Time));
            next = Boundary.Earlier(next, window?.NextBoundary(row.Time, context));
            foreach (var edge in edges)
            {
                next = Boundary.Earlier(next, edge.NextReach(row.Time, context.At, context.Zone));
            }

            foreach (var filter in selection.Where)
            {
                next = Boundary.Earlier(next, filter.Filter?.NextBoundary(filter.Property.Of(context.History, row), context));
            }
        }

        return next;
    }

    private static EventRow? FirstAfter(EventSelection selection, Instant edge, in EvaluationContext context)
    {
        if (edge == Instant.MaxValue)
        {
            return null;
        }

        var rows = context.History.Events(selection.Metric, new TimeRange(edge.PlusMs(1), Instant.MaxValue));
        if (selection.Where.Count == 0)
        {
            return rows.IsEmpty ? null : rows[0];
        }

        foreach (var row in rows.ToArray())
        {
            if (selection.Passes(row, context))
            {
                return row;
            }
        }

        return null;
    }
}
