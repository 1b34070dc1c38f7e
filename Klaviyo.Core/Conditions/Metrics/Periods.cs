namespace Klaviyo;

// Units that follow one another into the past: the first is (T − from − 1 unit, T − from], and so on.
internal readonly record struct Periods(int From, int Count, TimeUnit Unit)
{
    internal const int CountMax = 1000;

    // Whether each of the units has so many of the events up to T, which are in order.
    internal bool HaveAtLeast(int times, ReadOnlySpan<EventRow> rows, in EvaluationContext context)
    {
        var end = rows.Length - CountAfter(rows, Edge(From, context));
        for (var i = 1; i <= Count; i++)
        {
            var start = end - CountAfter(rows[..end], Edge((long)From + i, context));
            if (end - start < times)
            {
                return false;
            }

            end = start;
        }

        return true;
    }

    internal ReadOnlySpan<EventRow> Of(ReadOnlySpan<EventRow> rows, in EvaluationContext context)
    {
        rows = rows[..^CountAfter(rows, Edge(From, context))];
        return rows[^CountAfter(rows, Edge((long)From + Count, context))..];
    }

    internal TimeStep[] Edges()
    {
        var (from, unit) = (From, Unit);
        return [.. Enumerable.Range(0, Count + 1).Select(i => new TimeStep(-Units((long)from + i), unit))];
    }

    private static int CountAfter(ReadOnlySpan<EventRow> rows, Instant edge)
    {
        var count = 0;
        while (count < rows.Length && rows[^(count + 1)].Time > edge)
        {
            count++;
        }

        return count;
    }

    private Instant Edge(long units, in EvaluationContext context) => context.Zone.Plus(context.At, -Units(units), Unit);

    // So many of any unit lead to the first instant that there is.
    private static int Units(long units) => (int)Math.Min(units, int.MaxValue);
}
