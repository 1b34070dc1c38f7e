using CsCheck;
using Klaviyo.Json;
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
    [TestCase("place", 400)]
    [TestCase("consent", 800)]
    [TestCase("funnel", 400)]
    [TestCase("custom object", 400)]
    [TestCase("has been", 600)]
    [TestCase("any", 1000)]
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
                    "place" => random.Place(),
                    "consent" => random.Consent(),
                    "funnel" => random.Funnel(),
                    "custom object" => random.CustomObject(),
                    "has been" => random.HasBeen(),
                    "any" => random.AnyKind(),
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

    // What happened in a unit is over for it when it turns, though nothing more is to come.
    [TestCase("this-calendar", "2026-11-23T12:00:00Z", "2026-11-24")]
    [TestCase("last-calendar", "2026-11-24T12:00:00Z", "2026-11-25")]
    public void NextFlip_OfACalendarUnitInWhichSomethingHappened_IsItsTurn(string op, string at, string turn)
    {
        var segment = SegmentJson.Parse($$"""
            {"type":"profile-metric","metric_id":"Ordered","measurement":"count","measurement_filter":{"type":"numeric","operator":"greater-than","value":0},
              "timeframe_filter":{"type":"date","operator":"{{op}}","unit":"day"} }
            """);
        var history = new ListHistory().Did("Ordered", "2026-11-23T10:00:00Z");
        Assert.That(segment.NextFlip(history.At(at)), Is.EqualTo(Instant.Parse(turn)));
    }

    // A unit that is over does not come again.
    [TestCase("this-calendar", "day")]
    [TestCase("last-calendar", "year")]
    public void NextFlip_OfACalendarUnitThatIsOver_IsNone(string op, string unit)
    {
        var window = $$"""{"type":"date","operator":"{{op}}","unit":"{{unit}}"}""";
        var segment = SegmentJson.Parse($$"""
            {"and":[{"type":"profile-metric","metric_id":"Ordered","measurement":"count","measurement_filter":{"type":"numeric","operator":"greater-than","value":0},
              "timeframe_filter": {{window}} },
             {"type":"profile-property","property":"born","filter": {{window}} }]}
            """);
        var history = new ListHistory().Did("Ordered", "2020-03-05T18:00:00Z").Has("born", "1990-05-17");
        Assert.That(segment.NextBoundary(history.At("2026-11-23")), Is.Null);
    }

    // Two anniversaries a day apart: every year has four boundaries, and none of them changes anything, for ever.
    [Test]
    public void NextFlip_OfAnniversariesThatNeverMeet_IsNone()
    {
        var segment = SegmentJson.Parse("""
            {"and":[{"type":"profile-property","property":"born","filter":{"type":"date","operator":"anniversary"}},
                    {"type":"profile-property","property":"wed","filter":{"type":"date","operator":"anniversary"}}]}
            """);
        var history = new ListHistory().Has("born", "1990-05-17").Has("wed", "2015-05-18");
        Assert.That(segment.NextFlip(history.At("2026-11-23")), Is.Null);
    }

    // 29 February counts on the 28th but in leap years: the two meet in 2027, not in 2028, and again in 2029.
    [Test]
    public void NextFlip_OfAnniversariesThatMeetInCommonYears_IsTheFirstOfThem()
    {
        var segment = SegmentJson.Parse("""
            {"and":[{"type":"profile-property","property":"born","filter":{"type":"date","operator":"anniversary"}},
                    {"type":"profile-property","property":"wed","filter":{"type":"date","operator":"anniversary"}}]}
            """);
        var history = new ListHistory().Has("born", "1992-02-29").Has("wed", "2015-02-28");
        Assert.That(segment.NextFlip(history.At("2027-03-01")), Is.EqualTo(Instant.Parse("2029-02-28")));
    }

    // One event a minute for a week, and a sum that the first half of them does not change.
    [Test]
    public void NextFlip_BehindThousandsOfBoundaries_IsStillExact()
    {
        var history = new ListHistory();
        for (var i = 0; i < 6000; i++)
        {
            history.Did("Viewed", Instant.Parse("2026-11-01").PlusMs(i * MinuteMs), i < 5000 ? 0 : 1);
        }

        var segment = new SegmentDefinition(new ProfileMetricCondition
        {
            Metric = "Viewed",
            Measure = new Measure(MeasureKind.Sum),
            Amount = new NumberFilter(NumberOperator.GreaterThan, 999),
            Window = new RelativeDateFilter(RelativeDateOperator.InTheLast, 30, TimeUnit.Day),
        });
        Assert.That(
            segment.NextFlip(history.At("2026-11-20")),
            Is.EqualTo(Instant.Parse("2026-12-01").PlusMs(5000 * MinuteMs)));
    }

    // On 29 March a month ago falls back to the midnight before what was done on 28 February.
    [Test]
    public void NextFlip_OfStoppedInMonths_SeesThatAnEdgeFallsBack()
    {
        var history = new ListHistory().Did("A", Instant.Parse("2026-01-20T00:00:00Z")).Did("A", Instant.Parse("2026-02-28T12:00:00Z"));
        var segment = new SegmentDefinition(new StoppedCondition { Metric = "A", Quantity = 1, Unit = TimeUnit.Month, InEachOf = 2 });
        var context = history.At("2026-03-28T12:00:00Z");
        Assert.That(segment.Holds(context), Is.True);
        Assert.That(segment.NextFlip(context), Is.EqualTo(Instant.Parse("2026-03-29T00:00:00Z")));
    }

    // The filter matched at every instant of the time that is asked for.
    [Test]
    public void HasBeen_WithAnyFilter_MatchedAllTheWhile()
    {
        var origin = Instant.Parse("2026-11-23T22:00:00Z");
        Gen.Int.Sample(
            seed =>
            {
                var random = new RandomSegments(seed, origin, MinuteMs, 60, [TimeUnit.Minute], 20);
                var history = random.History();
                var condition = random.HasBeen();
                bool Matches(Instant t) => condition.Filter.Matches(condition.Property.Of(history, t), history.At(t));
                var at = random.Time();
                var from = at.PlusMs(-condition.Duration.Quantity * MinuteMs);
                var lasted = history.Created <= from
                    && Grid(origin.PlusMs(-60 * MinuteMs), MinuteMs, 180).Where(t => t >= from && t <= at).All(Matches);
                var expected = history.Created <= at && (condition.AtLeast ? lasted : Matches(at) && !lasted);
                Assert.That(new SegmentDefinition(condition).Holds(history.At(at)), Is.EqualTo(expected), $"{condition} at {at}");
            },
            iter: 5000);
    }

    // It matched in May of every year: what lasts is the May that it is.
    [TestCase("2026-05-10", false)]
    [TestCase("2026-05-25", true)]
    public void HasBeen_BrokenByTimeAlone_CountsFromWhenItCameBack(string at, bool expected)
    {
        var condition = new HasBeenCondition("born", new AnniversaryDateFilter(WholeMonth: true), true, new TimeStep(20, TimeUnit.Day));
        var history = new ListHistory().Has("born", "1990-05-17");
        Assert.That(new SegmentDefinition(condition).Holds(history.At(at)), Is.EqualTo(expected));
    }

    // From flip to flip since the beginning.
    [Test]
    public void Since_OfAnyDefinition_IsTheLastFlipThatLedIn()
    {
        var origin = Instant.Parse("2026-11-23T22:00:00Z");
        Gen.Int.Sample(
            seed =>
            {
                var random = new RandomSegments(seed, origin, HourMs, 200, [TimeUnit.Hour, TimeUnit.Day], 20);
                var history = random.HistoryWithObjects();
                var segment = new SegmentDefinition(random.AnyKind(2));
                var at = random.Time();
                var (then, holds, since) = (history.Created, segment.Holds(history.At(history.Created)), history.Created);
                while (segment.NextFlip(history.At(then), at) is { } flip)
                {
                    (then, holds) = (flip, !holds);
                    since = holds ? flip : since;
                }

                var expected = history.Created <= at && holds ? since : default(Instant?);
                Assert.That(segment.Since(history.At(at)), Is.EqualTo(expected), $"{segment.Root} at {at}");
            },
            iter: 3000);
    }

    // A birthday in one year of four hundred: the search ends when the calendar has repeated itself, and then goes to what is fixed.
    [Test]
    public void NextFlip_BehindAThousandYearsOfAnniversaries_IsStillExact()
    {
        var segment = SegmentJson.Parse("""
            {"and":[{"type":"profile-property","property":"born","filter":{"type":"date","operator":"anniversary"}},
                    {"type":"profile-property","property":"ends","filter":{"type":"date","operator":"before","date":"2026-01-01"}}]}
            """);
        var ever = SegmentJson.Parse("""
            {"or":[{"type":"profile-property","property":"ends","filter":{"type":"date","operator":"in-the-last","quantity":1,"unit":"day"}},
                   {"and":[{"type":"profile-property","property":"born","filter":{"type":"date","operator":"anniversary"}},
                           {"type":"profile-property","property":"ends","filter":{"type":"date","operator":"before","date":"2026-01-01"}}]}]}
            """);
        var history = new ListHistory().Has("born", "1990-05-17").Has("ends", "3999-12-31");
        Assert.That(segment.NextFlip(history.At("2026-11-23")), Is.Null);
        Assert.That(ever.NextFlip(history.At("2026-11-23")), Is.EqualTo(Instant.Parse("3999-12-31")));
    }

    // Forty dates that come again every year: more than is looked at, and said so.
    [Test]
    public void Explain_OfMoreBoundariesThanAreLookedAt_SaysHowFarItLooked()
    {
        var segment = SegmentJson.Parse("""
            {"type":"profile-metric","metric_id":"Bought","measurement":"count","measurement_filter":{"type":"numeric","operator":"greater-than","value":1000},
             "timeframe_filter":{"type":"date","operator":"anniversary-next","unit":"day","quantity":7} }
            """);
        var history = new ListHistory();
        for (var i = 0; i < 40; i++)
        {
            history.Did("Bought", Instant.Parse("2020-01-01").PlusMs(i * 200 * HourMs));
        }

        var why = segment.Explain(history.At("2026-11-23"));
        Assert.That(why.NextFlip, Is.Null);
        Assert.That(why.NoFlipBefore, Is.GreaterThan(Instant.Parse("2126-01-01")));
        Assert.That(segment.Explain(new ListHistory().Did("Bought", "2020-01-01").At("2026-11-23")).NoFlipBefore, Is.Null);
    }

    // As many units as there are numbers, and once more.
    [Test]
    public void Stopped_LongerAgoThanThereIsTime_HoldsForNobody()
    {
        var condition = new StoppedCondition { Metric = "Bought", Quantity = int.MaxValue, Unit = TimeUnit.Second, InEachOf = 2 };
        var history = new ListHistory().Did("Bought", "2020-01-01");
        Assert.That(condition.Holds(history.At("2026-11-23")), Is.False);
        Assert.That(condition.NextBoundary(history.At("2026-11-23")), Is.Not.Null);
    }

    // What explain says of the parts gives what it says of the whole, and both are the answer.
    [Test]
    public void Explain_OfAnyDefinition_ComposesToTheAnswer()
    {
        var origin = Instant.Parse("2026-11-23T22:00:00Z");
        Gen.Int.Sample(
            seed =>
            {
                var random = new RandomSegments(seed, origin, MinuteMs, 60, [TimeUnit.Minute], 20);
                var history = random.HistoryWithObjects();
                var segment = new SegmentDefinition(random.AnyKind(3));
                var context = history.At(random.Time());
                var why = segment.Explain(context);
                Assert.That(why.Holds, Is.EqualTo(segment.Holds(context)), $"{segment.Root}");
                Assert.That(why.NextFlip, Is.EqualTo(segment.NextFlip(context)));
                AssertComposes(history.Created <= context.At ? why : why.Parts[0], segment.Root, context);
            },
            iter: 3000);
    }

    private static void AssertComposes(Explanation why, Condition condition, in EvaluationContext context)
    {
        Assert.That(why.Holds, Is.EqualTo(condition.Holds(context)), $"{condition}");
        var parts = condition switch
        {
            AndCondition and => and.Conditions,
            OrCondition or => or.Conditions,
            GroupsCondition groups => ValueList.Of(groups.Groups.Cast<Condition>()),
            NotCondition not => [not.Negated],
            _ => null,
        };
        if (parts is null)
        {
            return;
        }

        var holds = why.Parts.Select(p => p.Holds).ToList();
        var composed = condition switch
        {
            OrCondition => holds.Contains(true),
            NotCondition => !holds.Single(),
            _ => !holds.Contains(false),
        };
        Assert.That(why.Holds, Is.EqualTo(composed), why.Condition);
        Assert.That(holds, Has.Count.EqualTo(parts.Count));
        for (var i = 0; i < parts.Count; i++)
        {
            AssertComposes(why.Parts[i], parts[i], context);
        }
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
