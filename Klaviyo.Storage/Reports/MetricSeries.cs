using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Reports;

/// <summary>A metric over all profiles, by calendar units: one walk over every timeline.</summary>
internal static class MetricSeries
{
    internal static IReadOnlyList<MetricSeriesRow> Read(Store store, string metric, TimeUnit by, Instant at)
    {
        var rows = new SortedDictionary<Instant, (long Count, double Sum)>();
        var (start, end) = (Instant.MaxValue, Instant.MinValue);
        (long Count, double Sum) total = default;
        _ = store.Scan(at, (history, t) =>
        {
            foreach (var row in history.Events(metric, TimeRange.All.UpTo(t)))
            {
                // Neighbours mostly fall into the same unit: the calendar is asked only when one does not.
                if (row.Time < start || row.Time >= end)
                {
                    Keep();
                    start = store.Zone.StartOf(by, row.Time);
                    end = store.Zone.Plus(start, 1, by);
                    total = rows.GetValueOrDefault(start);
                }

                total = (total.Count + 1, total.Sum + (double.IsNaN(row.Value) ? 0 : row.Value));
            }

            return false;
        }).Count();
        Keep();
        return Fill(rows, store.Zone, by);

        void Keep()
        {
            if (start <= end)
            {
                rows[start] = total;
            }
        }
    }

    private static List<MetricSeriesRow> Fill(
        SortedDictionary<Instant, (long Count, double Sum)> rows, AccountZone zone, TimeUnit by)
    {
        var filled = new List<MetricSeriesRow>();
        foreach (var (start, (count, sum)) in rows)
        {
            while (filled.Count > 0 && zone.Plus(filled[^1].Start, 1, by) is var next && next < start)
            {
                filled.Add(new MetricSeriesRow(next, 0, 0));
            }

            filled.Add(new MetricSeriesRow(start, count, sum));
        }

        return filled;
    }
}
