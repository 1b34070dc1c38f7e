using Klaviyo.Storage.Reports;

namespace Klaviyo;

public partial class CustomerDatabase
{
    /// <summary>Counts and sums the events of one metric over everybody, by calendar units and properties of the events.</summary>
    /// <param name="query">Metric, measures, interval, properties to split by, filters.</param>
    /// <param name="asOf">The evaluation instant T; null for now. Events later than T do not exist for this call.</param>
    /// <returns>One row a group. A metric that does not exist gives zero, not an error.</returns>
    /// <remarks>
    /// <para>Sees every write whose call has returned, on any thread, and no half of a batch. Writers go on meanwhile.</para>
    /// <para>Reads the columns that it needs, some nanoseconds an event. What has been written since the last column chunk
    /// is put into columns first, once, at some microsecond an event.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// The answer would have too many numbers, or <see cref="ReportQuery.SortBy"/> names nothing that it has.
    /// </exception>
    /// <exception cref="StoreCorruptedException">An event is damaged.</exception>
    public ReportResult Report(ReportQuery query, Instant? asOf = null)
    {
        ArgumentNullException.ThrowIfNull(query);
        ArgumentOutOfRangeException.ThrowIfLessThan(query.Limit, 1, nameof(query));
        return new Report(Store, query, At(asOf)).Answer();
    }

    /// <summary>Adds up a metric over all profiles, by calendar units of the account's zone.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="by">The unit of a row: hour, day, week, month or year.</param>
    /// <param name="asOf">The evaluation instant T; null for now.</param>
    /// <returns>A row for each unit from the first to the last that has an event, by time.</returns>
    public IReadOnlyList<MetricSeriesRow> MetricSeries(string metric, TimeUnit by, Instant? asOf = null)
    {
        var report = Report(
            new ReportQuery { Metric = metric, Measures = [ReportMeasure.Count, ReportMeasure.Sum], Interval = by }, asOf);
        var numbers = report.Rows[0].Numbers;
        return [.. report.Dates.Select((date, i) => new MetricSeriesRow(date, (long)numbers[0][i], numbers[1][i]))];
    }
}
