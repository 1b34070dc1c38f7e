using System.Globalization;
using Klaviyo.Bench.Compare.Data;

namespace Klaviyo.Bench.Compare.Subjects;

/// <summary>Ours, with its default options but perhaps for the memory that it may take.</summary>
internal sealed class OurSubject(long? memoryBytesMax = null) : Subject
{
    private static readonly RelativeDateFilter LastDays =
        new(RelativeDateOperator.InTheLast, PointQuestion.Days, TimeUnit.Day);

    private static readonly PropertyFilter InParis = new("City", new StringFilter(StringOperator.EqualTo, SampleEvents.Paris));
    private static readonly AggregateQuery[] Plain = [.. SampleEvents.Metrics.Select(m => Query(m, []))];
    private static readonly AggregateQuery[] Filtered = [.. SampleEvents.Metrics.Select(m => Query(m, [InParis]))];

    private static readonly ReportQuery ByCategoryQuery =
        new() { Metric = Orders, Measures = [ReportMeasure.Count, ReportMeasure.Sum], By = ["Category"] };

    private SampleEvents _events = null!;

    internal override string Name => Ours;

    internal CustomerDatabase Database { get; private set; } = null!;

    internal override async ValueTask OpenAsync(string directory, SampleEvents events)
    {
        _events = events;
        var options = new CustomerDatabaseOptions();
        Database = await CustomerDatabase.OpenAsync(
            directory, memoryBytesMax is { } bytes ? options with { MemoryBytesMax = bytes } : options);
    }

    internal override async ValueTask WriteAsync(SampleBatch batch)
    {
        if (batch.Writes.Length == 1)
        {
            Check(await Database.WriteAsync(batch.Writes[0]));
            return;
        }

        foreach (var result in await Database.WriteAsync(batch.Writes))
        {
            Check(result);
        }
    }

    // What a second without a write would bring about: column chunks of all but the last mebibyte of the log.
    internal override async ValueTask SettleAsync() => await Task.Run(Database.Store.Chunks.Maker.MakeAsAtRest);

    internal override long Count() => Database.Stats().Events;

    internal override Totals Point(PointQuestion question)
    {
        var query = (question.OnlyParis ? Filtered : Plain)[question.Metric];
        var summary = Database.Summarize(_events.Identifier(question.Profile), query, SampleEvents.AsOf);
        return new Totals(summary.Count, summary.Sum);
    }

    internal override IReadOnlyDictionary<string, Totals> Report(ReportKind kind) =>
        kind == ReportKind.RevenueByMonth ? ByMonth() : ByCategory();

    internal override long? CountSegment(SegmentKind kind) =>
        Database.CountSegment(OurSegments.Of(kind), SampleEvents.AsOf);

    public override ValueTask DisposeAsync() => Database.DisposeAsync();

    private static string Orders => SampleEvents.Metrics[SampleEvents.PlacedOrder];

    private static AggregateQuery Query(string metric, ValueList<PropertyFilter> where) =>
        new() { Metric = metric, Measures = ["count", "sum"], Window = LastDays, Where = where };

    private Dictionary<string, Totals> ByMonth()
    {
        return Database.MetricSeries(Orders, TimeUnit.Month, SampleEvents.AsOf).ToDictionary(
            row => row.Start.ToDateTimeOffset().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
            row => new Totals(row.Count, row.Sum));
    }

    private Dictionary<string, Totals> ByCategory()
    {
        return Database.Report(ByCategoryQuery, SampleEvents.AsOf).Rows.ToDictionary(
            row => row.Dimensions[0].AsString(),
            row => new Totals((long)row.Numbers[0][0], row.Numbers[1][0]));
    }

    private static Totals Of(ValueList<PropertyValue> values) => new((long)values[0].AsNumber(), values[1].AsNumber());

    private static void Check(WriteResult result)
    {
        if (result.Rejection is { } rejection)
        {
            throw new WrongAnswerException($"ours refused a write: {rejection}");
        }
    }
}
