using CsCheck;

namespace Klaviyo.Tests.Oracle;

// Questions that RandomWrites can answer: every measure, window, filter on event properties, grouping, and instant.
internal static class RandomQuestions
{
    // Properties may be 1e300, which the decimals of the oracle do not reach, so arithmetic is left to the events' values.
    private static readonly Gen<Measure> Measures = OneOf<Measure>(
        "count", "sum", "min", "max", "avg", "first", "last", "distinct",
        "count:city", "first:city", "last:plan", "distinct:plan", "distinct:score", "count:score");

    private static readonly Gen<PropertyFilter> Filters = Gen.OneOf(
        OneOf("Paris", "New York").Select(c => new PropertyFilter("city", new StringFilter(StringOperator.EqualTo, c))),
        Gen.Int[-1, 3].Select(n => new PropertyFilter("score", new NumberFilter(NumberOperator.GreaterThan, n))),
        Gen.Int[-10, 100].Select(n => new PropertyFilter("$value", new NumberFilter(NumberOperator.GreaterThan, n))),
        Gen.Int[1, 40].Select(n => new PropertyFilter("plan", new RelativeDateFilter(RelativeDateOperator.InTheLast, n, TimeUnit.Day))),
        Gen.Const(new PropertyFilter("plan", null)));

    private static readonly Gen<DateFilter> Windows = Gen.OneOf(
        Gen.Const((DateFilter)new AlltimeDateFilter()),
        Gen.Select(Gen.Int[0, 40], OneOf(TimeUnit.Hour, TimeUnit.Day, TimeUnit.Week, TimeUnit.Month))
            .Select((n, unit) => (DateFilter)new RelativeDateFilter(RelativeDateOperator.InTheLast, n, unit)),
        Gen.Int[0, 20].Select(n => (DateFilter)new RelativeDateFilter(RelativeDateOperator.AtLeast, n, TimeUnit.Day)),
        Gen.Select(Gen.Int[0, 9], Gen.Int[0, 9]).Select((a, b) => (DateFilter)new RelativeDateRangeFilter(a, b, TimeUnit.Day)),
        Gen.Select(Gen.Bool, OneOf(TimeUnit.Day, TimeUnit.Week, TimeUnit.Month)).Select((last, unit) => (DateFilter)new CalendarUnitDateFilter(last, unit)),
        Gen.Select(Gen.Bool, Times()).Select((after, at) => (DateFilter)new StaticDateFilter(after, at)),
        Gen.Bool.Select(month => (DateFilter)new AnniversaryDateFilter(month)));

    internal static readonly Gen<Instant> At = Times();

    internal static readonly Gen<AggregateQuery> Query = Gen.Select(
        OneOf(RandomWrites.Metrics), Measures.Array[1, 5], Windows, Filters.Array[0, 2], OneOf("", "city", "plan", "score"), Ranges())
        .Select((metric, measures, window, where, group, range) => new AggregateQuery
        {
            Metric = metric,
            Measures = ValueList.Of(measures),
            Window = window,
            Where = ValueList.Of(where),
            GroupBy = group.Length == 0 ? null : new PropertyPath(group),
            Range = range,
        });

    // Now, lately, long ago, when the future has come; and one millisecond beside what is on the day.
    private static Gen<Instant> Times()
    {
        return Gen.Frequency(
            (2, Gen.Const(RandomWrites.Now)),
            (3, Gen.Select(Gen.Int[-10, 3], Gen.Int[-1, 1]).Select((days, ms) => RandomWrites.Now.Plus(TimeSpan.FromDays(days)).PlusMs(ms))),
            (2, Gen.Int[-3_000_000, 600_000].Select(s => RandomWrites.Now.PlusMs(s * 1000L))));
    }

    private static Gen<TimeRange> Ranges()
    {
        return Gen.Frequency(
            (2, Gen.Const(TimeRange.All)),
            (1, Gen.Select(Times(), Times()).Select((a, b) => new TimeRange(a, b))));
    }

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
