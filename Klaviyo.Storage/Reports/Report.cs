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
    /// <exception cref="StoreCorruptedException">An event is damaged.</exception>
    internal ReportResult Answer() => ReportMoment.Read(store, query.Metric, Read);

    private ReportResult Read(ReportMoment moment)
    {
        var (chunks, rows) = moment.Chunks(store);
        var dates = Dates([.. moment.Columns(chunks)]);
        var scans = TwoWorkers.For(chunks, rows, () => new ReportScan(query, moment, dates));
        TwoWorkers.Run(chunks.Count, scans, (scan, i) => scan.Add(chunks[i]));
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
}
