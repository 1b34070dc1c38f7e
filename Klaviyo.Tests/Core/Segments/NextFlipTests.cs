using CsCheck;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Segments;

// "A segment that is kept live is equal, at every instant, to evaluating its definition from scratch at that instant: …
// and by the mere passing of time. … the instant of a time-driven change is the exact window edge."
// The oracle walks every instant at which anything could happen and evaluates from scratch.
public sealed class NextFlipTests
{
    private const long MinuteMs = 60_000;
    private const long HourMs = 60 * MinuteMs;

    [Test]
    public void NextFlip_MinutesAndHours_IsTheFirstFlipThatTheOracleSees()
    {
        Gen.Int.Sample(
            seed => AssertFlips(
                new RandomSegments(seed, Instant.Parse("2026-11-23T22:00:00Z"), MinuteMs, 180, [TimeUnit.Minute], 90),
                Grid(Instant.Parse("2026-11-23T22:00:00Z"), MinuteMs, 420),
                AccountZone.Utc),
            iter: 800);
    }

    // Each kind of condition by itself: among all others it would come seldom, and seldom decide.
    [TestCase("sequence", 1000)]
    [TestCase("habit", 400)]
    [TestCase("aggregate", 200)]
    [TestCase("related", 400)]
    public void NextFlip_OneKindOfCondition_IsTheFirstFlipThatTheOracleSees(string kind, int rounds)
    {
        var origin = Instant.Parse("2026-11-23T22:00:00Z");
        Gen.Int.Sample(
            seed => AssertFlips(
                new RandomSegments(seed, origin, MinuteMs, 60, [TimeUnit.Minute], 20),
                Grid(origin, MinuteMs, 150),
                AccountZone.Utc,
                random => kind switch
                {
                    "sequence" => random.Sequence(),
                    "habit" => random.Habit(),
                    "related" => random.Related(),
                    _ => random.Aggregate(),
                }),
            iter: rounds);
    }

    [TestCase("Europe/Berlin", "2026-10-01T00:00:00Z")]
    [TestCase("America/New_York", "2027-02-25T05:00:00Z")]
    public void NextFlip_HabitsAndSequencesInZones_IsTheFirstFlipThatTheOracleSees(string zone, string origin)
    {
        Gen.Int.Sample(
            seed => AssertFlips(
                new RandomSegments(seed, Instant.Parse(origin), HourMs / 2, 24 * 2 * 40, [TimeUnit.Week, TimeUnit.Month], 2),
                Grid(Instant.Parse(origin), HourMs / 2, 24 * 2 * 110),
                AccountZone.Of(zone),
                random => seed % 2 == 0 ? random.Sequence() : random.Habit()),
            iter: 30);
    }

    [TestCase("UTC", "2027-02-10T00:00:00Z")]
    [TestCase("Europe/Berlin", "2026-10-01T00:00:00Z")]
    [TestCase("America/New_York", "2027-02-25T05:00:00Z")]
    [TestCase("America/St_Johns", "2010-10-20T02:30:00Z")]
    [TestCase("Pacific/Apia", "2011-12-20T00:00:00Z")]
    [TestCase("Africa/Cairo", "2026-04-10T00:00:00Z")]
    public void NextFlip_CalendarStepsInZones_IsTheFirstFlipThatTheOracleSees(string zone, string origin)
    {
        TimeUnit[] units = [TimeUnit.Hour, TimeUnit.Day, TimeUnit.Week, TimeUnit.Month, TimeUnit.Year];
        Gen.Int.Sample(
            seed => AssertFlips(
                new RandomSegments(seed, Instant.Parse(origin), HourMs / 2, 24 * 2 * 40, units, 3),
                Grid(Instant.Parse(origin), HourMs / 2, 24 * 2 * 75),
                AccountZone.Of(zone)),
            iter: 50);
    }

    // "One month ago" falls back at the end of March: from 28 Feb 23:59:59 to 28 Feb 00:00, as 28 March becomes 29 March.
    [TestCase(MeasureKind.Count)]
    [TestCase(MeasureKind.Sum)]
    public void NextFlip_WhereTheEdgeFallsBack_AnEventComesBack(MeasureKind measure)
    {
        var segment = new SegmentDefinition(new ProfileMetricCondition
        {
            Metric = "Ordered",
            Measure = new Measure(measure),
            Amount = new NumberFilter(NumberOperator.GreaterThan, 0),
            Window = new RelativeDateFilter(RelativeDateOperator.InTheLast, 1, TimeUnit.Month),
        });
        var history = new ListHistory().Did("Ordered", "2026-02-28T18:00:00Z", 5);
        string[] flips = ["2026-03-28T18:00:00Z", "2026-03-29T00:00:00Z", "2026-03-29T18:00:00Z", "2026-03-30T00:00:00Z",
            "2026-03-30T18:00:00Z", "2026-03-31T00:00:00Z", "2026-03-31T18:00:00Z"];
        Assert.That(segment.NextFlip(history.At("2026-03-28T20:00:00Z")), Is.EqualTo(Instant.Parse("2026-03-29")), "from outside");
        var at = Instant.Parse("2026-03-01");
        foreach (var flip in flips)
        {
            at = segment.NextFlip(history.At(at))!.Value;
            Assert.That(at, Is.EqualTo(Instant.Parse(flip)));
        }

        Assert.That(segment.NextFlip(history.At(at)), Is.Null);
    }

    // A count asks for the one instant that matters, so that a long history costs one walk and not one per event.
    [Test]
    public void NextFlip_CountOfManyEvents_NamesTheEventThatDecides()
    {
        var history = new ListHistory();
        for (var i = 0; i < 10_000; i++)
        {
            history.Did("Viewed", Instant.Parse("2026-11-01").PlusMs(i * MinuteMs));
        }

        var segment = new SegmentDefinition(new ProfileMetricCondition
        {
            Metric = "Viewed",
            Amount = new NumberFilter(NumberOperator.GreaterThanOrEqualTo, 3),
            Window = new RelativeDateFilter(RelativeDateOperator.InTheLast, 30, TimeUnit.Day),
        });
        var decides = Instant.Parse("2026-12-01").PlusMs(9_997 * MinuteMs);
        Assert.That(segment.NextBoundary(history.At("2026-11-20")), Is.EqualTo(decides));
        Assert.That(segment.NextFlip(history.At("2026-11-20")), Is.EqualTo(decides));
    }

    private static IEnumerable<Instant> Grid(Instant origin, long tickMs, int ticks)
    {
        for (var i = 0; i < ticks; i++)
        {
            for (var ms = -2; ms <= 2; ms++)
            {
                yield return origin.PlusMs((i * tickMs) + ms);
            }
        }
    }

    private static void AssertFlips(
        RandomSegments random, IEnumerable<Instant> grid, AccountZone zone, Func<RandomSegments, Condition>? condition = null)
    {
        var history = random.HistoryWithObjects();
        var segment = new SegmentDefinition(condition?.Invoke(random) ?? random.Condition());
        var at = random.Time();
        var flip = segment.NextFlip(history.At(at, zone));
        var holds = segment.Holds(history.At(at, zone));
        Assert.That(flip is null || flip > at, $"{segment.Root} at {at}: {flip}");
        foreach (var then in grid.Where(t => t > at))
        {
            if (segment.Holds(history.At(then, zone)) == holds)
            {
                continue;
            }

            Assert.That(flip, Is.EqualTo(then), $"{segment.Root} at {at}");
            (at, holds) = (then, !holds);
            flip = segment.NextFlip(history.At(at, zone));
        }

        Assert.That(flip is null || flip >= grid.Last().PlusMs(-2), $"{segment.Root} at {at}: {flip}, where nothing flips");
    }
}
