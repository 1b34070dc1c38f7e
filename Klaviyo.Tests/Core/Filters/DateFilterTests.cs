using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Filters;

public sealed class DateFilterTests
{
    private const string T = "2026-11-23T12:00:00.000Z";

    // The table of windows, each row at its edges, to the millisecond.
    private static readonly TestCaseData[] Windows =
    [
        // in-the-last n unit: (T - n·unit, T]
        new(Relative(RelativeDateOperator.InTheLast, 3, TimeUnit.Day), "2026-11-20T12:00:00.000Z", false),
        new(Relative(RelativeDateOperator.InTheLast, 3, TimeUnit.Day), "2026-11-20T12:00:00.001Z", true),
        new(Relative(RelativeDateOperator.InTheLast, 3, TimeUnit.Day), T, true),
        new(Relative(RelativeDateOperator.InTheLast, 3, TimeUnit.Day), "2026-11-23T12:00:00.001Z", false),
        new(Relative(RelativeDateOperator.InTheLast, 90, TimeUnit.Minute), "2026-11-23T10:30:00.000Z", false),
        new(Relative(RelativeDateOperator.InTheLast, 90, TimeUnit.Minute), "2026-11-23T10:30:00.001Z", true),
        new(Relative(RelativeDateOperator.InTheLast, 2, TimeUnit.Hour), "2026-11-23T10:00:00.001Z", true),
        new(Relative(RelativeDateOperator.InTheLast, 1, TimeUnit.Week), "2026-11-16T12:00:00.000Z", false),
        new(Relative(RelativeDateOperator.InTheLast, 1, TimeUnit.Month), "2026-10-23T12:00:00.000Z", false),
        new(Relative(RelativeDateOperator.InTheLast, 1, TimeUnit.Month), "2026-10-23T12:00:00.001Z", true),
        new(Relative(RelativeDateOperator.InTheLast, 1, TimeUnit.Year), "2025-11-23T12:00:00.000Z", false),
        new(Relative(RelativeDateOperator.InTheLast, 1, TimeUnit.Year), "2025-11-23T12:00:00.001Z", true),

        // in-the-next n unit: (T, T + n·unit]
        new(Relative(RelativeDateOperator.InTheNext, 3, TimeUnit.Day), T, false),
        new(Relative(RelativeDateOperator.InTheNext, 3, TimeUnit.Day), "2026-11-23T12:00:00.001Z", true),
        new(Relative(RelativeDateOperator.InTheNext, 3, TimeUnit.Day), "2026-11-26T12:00:00.000Z", true),
        new(Relative(RelativeDateOperator.InTheNext, 3, TimeUnit.Day), "2026-11-26T12:00:00.001Z", false),

        // at-least n unit (ago): (-inf, T - n·unit]
        new(Relative(RelativeDateOperator.AtLeast, 3, TimeUnit.Day), "1900-01-01", true),
        new(Relative(RelativeDateOperator.AtLeast, 3, TimeUnit.Day), "2026-11-20T12:00:00.000Z", true),
        new(Relative(RelativeDateOperator.AtLeast, 3, TimeUnit.Day), "2026-11-20T12:00:00.001Z", false),

        // between start and end units (ago): (T - max, T - min]
        new(new RelativeDateRangeFilter(3, 5, TimeUnit.Day), "2026-11-18T12:00:00.000Z", false),
        new(new RelativeDateRangeFilter(3, 5, TimeUnit.Day), "2026-11-18T12:00:00.001Z", true),
        new(new RelativeDateRangeFilter(3, 5, TimeUnit.Day), "2026-11-20T12:00:00.000Z", true),
        new(new RelativeDateRangeFilter(3, 5, TimeUnit.Day), "2026-11-20T12:00:00.001Z", false),
        new(new RelativeDateRangeFilter(5, 3, TimeUnit.Day), "2026-11-20T12:00:00.000Z", true),

        // before D / after D: < D / > D
        new(new StaticDateFilter(IsAfter: false, Instant.Parse(T)), "2026-11-23T11:59:59.999Z", true),
        new(new StaticDateFilter(IsAfter: false, Instant.Parse(T)), T, false),
        new(new StaticDateFilter(IsAfter: true, Instant.Parse(T)), T, false),
        new(new StaticDateFilter(IsAfter: true, Instant.Parse(T)), "2026-11-23T12:00:00.001Z", true),

        // between-static: [start, end)
        new(new StaticDateRangeFilter(Instant.Parse("2026-01-01"), Instant.Parse("2026-02-01")), "2025-12-31T23:59:59.999Z", false),
        new(new StaticDateRangeFilter(Instant.Parse("2026-01-01"), Instant.Parse("2026-02-01")), "2026-01-01", true),
        new(new StaticDateRangeFilter(Instant.Parse("2026-01-01"), Instant.Parse("2026-02-01")), "2026-01-31T23:59:59.999Z", true),
        new(new StaticDateRangeFilter(Instant.Parse("2026-01-01"), Instant.Parse("2026-02-01")), "2026-02-01", false),

        // alltime: (-inf, T]
        new(new AlltimeDateFilter(), "0001-01-01", true),
        new(new AlltimeDateFilter(), T, true),
        new(new AlltimeDateFilter(), "2026-11-23T12:00:00.001Z", false),

        // this / last calendar unit (ours)
        new(new CalendarUnitDateFilter(isLast: false, TimeUnit.Day), "2026-11-22T23:59:59.999Z", false),
        new(new CalendarUnitDateFilter(isLast: false, TimeUnit.Day), "2026-11-23T00:00:00.000Z", true),
        new(new CalendarUnitDateFilter(isLast: false, TimeUnit.Day), "2026-11-23T23:59:59.999Z", true),
        new(new CalendarUnitDateFilter(isLast: false, TimeUnit.Day), "2026-11-24T00:00:00.000Z", false),
        new(new CalendarUnitDateFilter(isLast: true, TimeUnit.Week), "2026-11-16T00:00:00.000Z", true),
        new(new CalendarUnitDateFilter(isLast: true, TimeUnit.Week), "2026-11-22T23:59:59.999Z", true),
        new(new CalendarUnitDateFilter(isLast: true, TimeUnit.Week), "2026-11-23T00:00:00.000Z", false),
        new(new CalendarUnitDateFilter(isLast: true, TimeUnit.Month), "2026-10-01T00:00:00.000Z", true),
        new(new CalendarUnitDateFilter(isLast: true, TimeUnit.Month), "2026-09-30T23:59:59.999Z", false),
        new(new CalendarUnitDateFilter(isLast: false, TimeUnit.Year), "2026-01-01T00:00:00.000Z", true),
        new(new CalendarUnitDateFilter(isLast: true, TimeUnit.Year), "2026-01-01T00:00:00.000Z", false),

        // calendar-month m: the date's month equals m
        new(new CalendarMonthDateFilter(5), "1990-05-31T23:59:59.999Z", true),
        new(new CalendarMonthDateFilter(5), "1990-06-01T00:00:00.000Z", false),

        // anniversary-month: the date's month equals T's
        new(new AnniversaryDateFilter(WholeMonth: true), "1990-11-01", true),
        new(new AnniversaryDateFilter(WholeMonth: true), "1990-10-31", false),

        // anniversary: month and day of the date equal T's
        new(new AnniversaryDateFilter(WholeMonth: false), "1990-11-23", true),
        new(new AnniversaryDateFilter(WholeMonth: false), "1990-11-23T23:59:59.999Z", true),
        new(new AnniversaryDateFilter(WholeMonth: false), "1990-11-24T00:00:00.000Z", false),
        new(new AnniversaryDateFilter(WholeMonth: false), "1990-10-23", false),

        // anniversary-last / -next n unit: an anniversary lies in (T - n·unit, T] / (T, T + n·unit]
        new(new RelativeAnniversaryDateFilter(isNext: false, 3, TimeUnit.Day), "1990-11-20T12:00:00.000Z", false),
        new(new RelativeAnniversaryDateFilter(isNext: false, 3, TimeUnit.Day), "1990-11-20T12:00:00.001Z", true),
        new(new RelativeAnniversaryDateFilter(isNext: false, 3, TimeUnit.Day), "1990-11-23T12:00:00.000Z", true),
        new(new RelativeAnniversaryDateFilter(isNext: false, 3, TimeUnit.Day), "1990-11-23T12:00:00.001Z", false),
        new(new RelativeAnniversaryDateFilter(isNext: true, 6, TimeUnit.Week), "1990-11-23T12:00:00.000Z", false),
        new(new RelativeAnniversaryDateFilter(isNext: true, 6, TimeUnit.Week), "1990-11-23T12:00:00.001Z", true),
        new(new RelativeAnniversaryDateFilter(isNext: true, 6, TimeUnit.Week), "1990-01-04T12:00:00.000Z", true),
        new(new RelativeAnniversaryDateFilter(isNext: true, 6, TimeUnit.Week), "1990-01-04T12:00:00.001Z", false),
        new(new RelativeAnniversaryDateFilter(isNext: true, 2, TimeUnit.Year), "1990-06-01", true),
    ];

    [TestCaseSource(nameof(Windows))]
    public void Matches_AtTheEdges_AsInTheTable(DateFilter filter, string value, bool expected)
    {
        Assert.That(filter.Matches((PropertyValue)Instant.Parse(value), T), Is.EqualTo(expected));
        Assert.That(filter.Matches(value, T), Is.EqualTo(expected), "as text");
    }

    [TestCaseSource(nameof(Windows))]
    public void TryGetRange_OfAWindow_ContainsWhatMatches(DateFilter filter, string value, bool expected)
    {
        if (filter.TryGetRange(new ListHistory().At(T), out var range))
        {
            Assert.That(range.Contains(Instant.Parse(value)), Is.EqualTo(expected));
        }
    }

    // "29 Feb counts on 28 Feb in common years"
    [TestCase("2027-02-28T12:00:00Z", true)]
    [TestCase("2027-03-01T12:00:00Z", false)]
    [TestCase("2028-02-28T12:00:00Z", false)]
    [TestCase("2028-02-29T12:00:00Z", true)]
    public void Anniversary_OfALeapDay_IsThe28thInCommonYears(string at, bool expected) =>
        Assert.That(new AnniversaryDateFilter(WholeMonth: false).Matches("2000-02-29", at), Is.EqualTo(expected));

    // "month and day of the date equal T's, in the zone"
    [TestCase("2026-11-23T04:59:59.999Z", false)]
    [TestCase("2026-11-23T05:00:00.000Z", true)]
    [TestCase("2026-11-24T04:59:59.999Z", true)]
    [TestCase("2026-11-24T05:00:00.000Z", false)]
    public void Anniversary_InNewYork_IsTheLocalDay(string at, bool expected)
    {
        var filter = new AnniversaryDateFilter(WholeMonth: false);
        Assert.That(filter.Matches("1990-11-23T12:00:00Z", at, "America/New_York"), Is.EqualTo(expected));
        Assert.That(filter.Matches("1990-11-23", at, "America/New_York"), Is.EqualTo(expected), "a birthday has no zone");
    }

    // "flow-start (in flows): [instant the run entered, T]"
    [TestCase("2026-11-20T11:59:59.999Z", false)]
    [TestCase("2026-11-20T12:00:00.000Z", true)]
    [TestCase(T, true)]
    [TestCase("2026-11-23T12:00:00.001Z", false)]
    public void FlowStart_BothEndsAreInside(string value, bool expected)
    {
        var context = new ListHistory().At(T) with { FlowStart = Instant.Parse("2026-11-20T12:00:00Z") };
        Assert.That(new FlowStartDateFilter().Matches(value, context), Is.EqualTo(expected));
        Assert.That(new FlowStartDateFilter().Matches(value, T), Is.False, "outside of a flow");
    }

    // "Date filters accept instants and strings that are ISO 8601."
    [Test]
    public void Matches_AnythingThatIsNoDate_IsFalse()
    {
        PropertyValue[] values = [PropertyValue.Null, 1_700_000_000_000, true, "yesterday", "11/23/2026", "2026-13-01", FilterTesting.List(T)];
        DateFilter[] filters = [new AlltimeDateFilter(), new AnniversaryDateFilter(WholeMonth: true), new CalendarMonthDateFilter(11)];
        foreach (var value in values)
        {
            Assert.That(filters.Where(f => f.Matches(value, T)), Is.Empty, value.ToString());
            Assert.That(filters.Select(f => f.NextBoundary(value, new ListHistory().At(T))), Is.All.Null);
        }
    }

    // "month and year are calendar steps in the account's zone"
    [Test]
    public void InTheLastMonth_OverAChangeOfTheClock_KeepsTheWallTime()
    {
        var month = Relative(RelativeDateOperator.InTheLast, 1, TimeUnit.Month);
        var at = "2026-11-20T12:00:00Z"; // 13:00 in Berlin; a month ago, 13:00 was 11:00 UTC.
        Assert.That(month.Matches("2026-10-20T11:00:00.000Z", at, "Europe/Berlin"), Is.False);
        Assert.That(month.Matches("2026-10-20T11:00:00.001Z", at, "Europe/Berlin"), Is.True);
    }

    [Test]
    public void Create_NegativeOrNoUnit_Throws()
    {
        Assert.That(() => Relative(RelativeDateOperator.InTheLast, -1, TimeUnit.Day), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new RelativeDateRangeFilter(1, -1, TimeUnit.Day), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new CalendarUnitDateFilter(isLast: true, TimeUnit.Hour), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new CalendarMonthDateFilter(13), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    private static RelativeDateFilter Relative(RelativeDateOperator op, int quantity, TimeUnit unit) => new(op, quantity, unit);
}
