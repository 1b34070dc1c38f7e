using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Oracle;

// A report as LINQ over a list of events. Written from the comments of ReportQuery, not from the engine.
internal static class NaiveReport
{
    internal static ReportResult Answer(NaiveStore store, ReportQuery query, Instant at, AccountZone accountZone)
    {
        var zone = query.Zone ?? accountZone;
        var events = store.AllEvents()
            .Where(e => e.Sent.Metric == query.Metric && e.Sent.Time <= at && query.Range.Contains(e.Sent.Time!.Value))
            .Where(e => query.Where.All(w => w.Matches(field => Field(e.Sent, field))))
            .ToList();
        var dates = Dates(query, zone, [.. events.Select(e => e.Sent.Time!.Value)]);
        var groups = events.GroupBy(e => ValueList.Of(query.By.Select(path => Field(e.Sent, path.Text)))).ToList();
        var rows = groups.Select(g => Row(query, zone, dates, g.Key, [.. g])).ToList();
        if (query.By.Count == 0 && rows.Count == 0)
        {
            rows.Add(Row(query, zone, dates, [], []));
        }

        rows.Sort((a, b) => Compare(a.Dimensions, b.Dimensions));
        return new ReportResult(ValueList.Of(dates), ValueList.Of(rows));
    }

    private static PropertyValue Field(CustomerEvent sent, string field)
    {
        return field switch
        {
            "value" or "$value" => sent.Value is { } value ? value : PropertyValue.Null,
            "datetime" => sent.Time!.Value,
            _ => new PropertyPath(field).Of(sent.Properties),
        };
    }

    private static List<Instant> Dates(ReportQuery query, AccountZone zone, List<Instant> times)
    {
        if (query.Interval is not { } unit)
        {
            return [query.Range.First];
        }

        var dates = new List<Instant>();
        var isOpen = query.Range.First == Instant.MinValue || query.Range.Last == Instant.MaxValue;
        if (isOpen && times.Count == 0)
        {
            return dates;
        }

        var first = query.Range.First == Instant.MinValue ? times.Min() : query.Range.First;
        var last = query.Range.Last == Instant.MaxValue ? times.Max() : query.Range.Last;
        for (var date = zone.StartOf(unit, first); date <= last; date = Next(date, unit, zone))
        {
            dates.Add(date);
        }

        return dates;
    }

    private static Instant Next(Instant date, TimeUnit unit, AccountZone zone) =>
        unit == TimeUnit.Hour ? zone.StartOf(unit, date.PlusMs(3_600_000)) : zone.UnitOf(unit, date, 1).First;

    private static ReportRow Row(
        ReportQuery query, AccountZone zone, List<Instant> dates, ValueList<PropertyValue> key, List<(int Root, CustomerEvent Sent)> events)
    {
        var byDate = events.ToLookup(e => query.Interval is { } unit ? zone.StartOf(unit, e.Sent.Time!.Value) : dates[0]);
        return new ReportRow(key, ValueList.Of(query.Measures.Select(m => ValueList.Of(dates.Select(d => Number(m, [.. byDate[d]]))))));
    }

    private static double Number(ReportMeasure measure, List<(int Root, CustomerEvent Sent)> events)
    {
        return measure switch
        {
            ReportMeasure.Count => events.Count,
            ReportMeasure.Sum => ExactSum.Of(events.Select(e => e.Sent.Value ?? 0)),
            _ => events.Select(e => e.Root).Distinct().Count(),
        };
    }

    private static int Compare(ValueList<PropertyValue> left, ValueList<PropertyValue> right) =>
        left.Zip(right, PropertyOrder.Instance.Compare).FirstOrDefault(order => order != 0);
}
