using Klaviyo.Storage.Chunks;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Reports;

/// <summary>Answers a report over everybody: from column chunks, those in files and those of the log behind them.</summary>
/// <remarks>
/// Two workers share the chunks where there is enough to do. A chunk that cannot be read is dropped, and the report begins
/// again: the log has what the chunk had.
/// </remarks>
internal sealed class Report(Store store, ReportQuery query, Instant at)
{
    // Handing work to another thread takes some ten microseconds, in which one core adds up so many rows.
    private const int RowsForTwo = 50_000;

    // A disk that gives every chunk back damaged must not hold a report for ever.
    private const int DamagesMax = 10_000;

    /// <exception cref="StoreCorruptedException">An event is damaged.</exception>
    internal ReportResult Answer()
    {
        for (var damages = 0; ; damages++)
        {
            try
            {
                return Read(ReportMoment.Of(store, query.Metric));
            }
            catch (ChunkUnreadableException damage) when (damages < DamagesMax)
            {
                store.Chunks.Drop(damage.Range);
            }
        }
    }

    private ReportResult Read(ReportMoment moment)
    {
        var chunks = moment.Lanes.Where(lane => lane.Metric >= 0).SelectMany(lane => store.Chunks.Covering(lane.Log.Lane, lane.Until)).ToList();
        var metrics = chunks.Select(chunk => chunk.Find(moment.Lanes[chunk.Range.Lane].Metric)).OfType<MetricColumns>().ToList();
        var dates = Dates(metrics);
        var scans = new List<ReportScan> { new(query, moment, dates) };
        if (Environment.ProcessorCount > 1 && chunks.Count > 1 && metrics.Sum(m => (long)m.Rows) >= RowsForTwo)
        {
            scans.Add(new ReportScan(query, moment, dates));
        }

        Share(chunks, scans);
        return new ReportAnswer(query, dates).Of(scans);
    }

    private ReportDates Dates(List<MetricColumns> metrics)
    {
        var (first, last) = (query.Range.First.UnixMs, query.Range.Last.UnixMs);
        if (query.Interval is not null)
        {
            // An open end is where the events end.
            first = query.Range.First > Instant.MinValue ? first : FirstOf(metrics, last);
            last = query.Range.Last < Instant.MaxValue ? last : Math.Min(at.UnixMs, LastOf(metrics, first));
        }

        return new ReportDates(first, last, Math.Min(last, at.UnixMs), query.Interval, query.Zone ?? store.Zone);
    }

    private static long FirstOf(List<MetricColumns> metrics, long elseMs) =>
        metrics.Count == 0 ? elseMs : metrics.Min(metric => metric.Span.FirstMs);

    private static long LastOf(List<MetricColumns> metrics, long firstMs) =>
        metrics.Count == 0 ? firstMs - 1 : metrics.Max(metric => metric.Span.LastMs);

    private static void Share(List<Chunk> chunks, List<ReportScan> scans)
    {
        var next = -1;
        if (scans.Count == 1)
        {
            Work(scans[0]);
            return;
        }

        // Where all is done before the other thread has begun, it is not waited for: it then finds that it may not begin.
        var turn = 0;
        var other = Task.Run(() =>
        {
            if (Interlocked.Exchange(ref turn, 1) == 0)
            {
                Work(scans[1]);
            }
        });
        try
        {
            Work(scans[0]);
        }
        finally
        {
            // Whatever became of this half, the other one may still be reading.
            if (Interlocked.Exchange(ref turn, 1) != 0)
            {
                Task.WaitAny(other);
            }
        }

        if (other.IsFaulted)
        {
            other.GetAwaiter().GetResult();
        }

        void Work(ReportScan scan)
        {
            for (var i = Interlocked.Increment(ref next); i < chunks.Count; i = Interlocked.Increment(ref next))
            {
                scan.Add(chunks[i]);
            }
        }
    }
}
