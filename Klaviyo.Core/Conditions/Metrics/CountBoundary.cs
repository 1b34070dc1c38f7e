namespace Klaviyo;

// The next instant at which a count begins or ceases to pass its test, found in one walk: at fixed distances the events
// enter the window, and leave it, in the order of their times.
internal static class CountBoundary
{
    // Calendar steps do not keep the order, and filters on dates change what is counted.
    internal static bool AppliesTo(EventSelection selection, DateFilter window)
    {
        if (window is not WindowDateFilter range || selection.DependsOnTime || range.Edges.IsEmpty)
        {
            return false;
        }

        foreach (var edge in range.Edges)
        {
            if (!edge.IsFixed || edge.Quantity > 0)
            {
                return false;
            }
        }

        return true;
    }

    internal static Instant? Next(EventSelection selection, WindowDateFilter window, NumberFilter amount, in EvaluationContext context)
    {
        var range = window.RangeAt(context);
        var rows = selection.Passing(
            context.History.Events(selection.Metric, range with { Last = Instant.MaxValue }), context);
        var entered = Entered(rows, range.Last);
        var left = 0;
        var matches = amount.Matches(entered);
        while (NextChange(window, rows, entered, left, context.Zone) is { } at)
        {
            while (entered < rows.Length && EntersAt(window, rows[entered], context.Zone) == at)
            {
                entered++;
            }

            while (left < entered && LeavesAt(window, rows[left], context.Zone) == at)
            {
                left++;
            }

            if (amount.Matches(entered - left) != matches)
            {
                return at;
            }
        }

        return null;
    }

    private static int Entered(ReadOnlySpan<EventRow> rows, Instant last)
    {
        var count = 0;
        while (count < rows.Length && rows[count].Time <= last)
        {
            count++;
        }

        return count;
    }

    private static Instant? NextChange(
        WindowDateFilter window, ReadOnlySpan<EventRow> rows, int entered, int left, AccountZone zone)
    {
        var enters = entered < rows.Length ? EntersAt(window, rows[entered], zone) : (Instant?)null;
        return Boundary.Earlier(enters, left < entered ? LeavesAt(window, rows[left], zone) : null);
    }

    private static Instant EntersAt(WindowDateFilter window, EventRow row, AccountZone zone) =>
        zone.Plus(row.Time, -window.Edges[^1].Quantity, window.Edges[^1].Unit);

    private static Instant? LeavesAt(WindowDateFilter window, EventRow row, AccountZone zone) =>
        window.Edges.Length > 1 ? zone.Plus(row.Time, -window.Edges[0].Quantity, window.Edges[0].Unit) : null;
}
