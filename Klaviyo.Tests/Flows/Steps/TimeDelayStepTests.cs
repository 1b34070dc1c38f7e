using System.Globalization;
using CsCheck;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Flows.Steps;

// "A delay of n days ends n·24 h after it began, unless it is until a local time or weekday: then at the first instant at or
// after the minimum wait that satisfies both in the zone; a local time that DST skips is the first instant after the gap,
// one that occurs twice is the first."
public sealed class TimeDelayStepTests
{
    private static readonly DayOfWeek[] Weekend = [DayOfWeek.Saturday, DayOfWeek.Sunday];

    [TestCase("1 days", "2026-03-29T00:30:00Z", ExpectedResult = "2026-03-30T00:30:00.000Z", TestName = "Days_OverDst_Are24Hours")]
    [TestCase("90 minutes", "2026-03-02T09:00:00.123Z", ExpectedResult = "2026-03-02T10:30:00.123Z")]
    [TestCase("1 days 2", "2026-03-02T09:00:00Z", ExpectedResult = "2026-03-03T11:00:00.000Z")]
    [TestCase("1 hours 15", "2026-03-02T09:00:00Z", ExpectedResult = "2026-03-02T10:15:00.000Z")]
    [TestCase("0 days", "2026-03-02T09:00:00Z", ExpectedResult = "2026-03-02T09:00:00.000Z")]
    [TestCase("1000000 days", "9000-01-01T00:00:00Z", ExpectedResult = "9999-12-31T23:59:59.999Z")]
    public string Plain(string delay, string start)
    {
        var words = delay.Split(' ');
        var step = new TimeDelayStep
        {
            Id = "d",
            Value = int.Parse(words[0], CultureInfo.InvariantCulture),
            Unit = Enum.Parse<DelayUnit>(words[1], ignoreCase: true),
            SecondaryValue = words.Length > 2 ? int.Parse(words[2], CultureInfo.InvariantCulture) : null,
        };
        return End(step, start);
    }

    // Berlin goes forward on 2026-03-29 from 02:00 to 03:00 and back on 2026-10-25 from 03:00 to 02:00.
    [TestCase("Europe/Berlin", "02:30", "2026-03-28T12:00:00Z", ExpectedResult = "2026-03-29T01:00:00.000Z", TestName = "Until_InGap_IsFirstInstantAfter")]
    [TestCase("Europe/Berlin", "02:30", "2026-10-24T12:00:00Z", ExpectedResult = "2026-10-25T00:30:00.000Z", TestName = "Until_InOverlap_IsFirst")]
    [TestCase("Europe/Berlin", "02:30", "2026-10-25T00:45:00Z", ExpectedResult = "2026-10-26T01:30:00.000Z", TestName = "Until_BetweenBothOccurrences_IsNextDay")]
    [TestCase("Europe/Berlin", "09:00", "2026-03-28T08:00:00Z", ExpectedResult = "2026-03-28T08:00:00.000Z", TestName = "Until_ExactlyNow_IsNow")]
    [TestCase("Europe/Berlin", "09:00", "2026-03-28T08:00:00.001Z", ExpectedResult = "2026-03-29T07:00:00.000Z", TestName = "Until_JustMissed_IsTomorrow_OverDst")]
    [TestCase("Asia/Beirut", "00:00", "2026-03-28T12:00:00Z", ExpectedResult = "2026-03-28T22:00:00.000Z", TestName = "Until_MidnightSkipped_IsOneOClock")]
    [TestCase("Africa/Cairo", "00:30", "2026-04-23T12:00:00Z", ExpectedResult = "2026-04-23T22:00:00.000Z", TestName = "Until_HalfPastMidnightSkipped")]
    [TestCase("Pacific/Apia", "10:00", "2011-12-29T21:00:00Z", ExpectedResult = "2011-12-30T10:00:00.000Z", TestName = "Until_OnADayThatDoesNotExist")]
    [TestCase("Australia/Lord_Howe", "02:15", "2026-10-03T12:00:00Z", ExpectedResult = "2026-10-03T15:30:00.000Z", TestName = "Until_InHalfHourGap")]
    public string Until(string zone, string time, string start) =>
        End(new TimeDelayStep { Id = "d", Timezone = zone, UntilTime = TimeOnly.Parse(time, CultureInfo.InvariantCulture) }, start);

    [TestCase("2026-03-04T10:00:00Z", ExpectedResult = "2026-03-07T05:00:00.000Z", TestName = "Weekdays_Alone_FirstInstantOfTheDay")]
    [TestCase("2026-03-07T12:00:00Z", ExpectedResult = "2026-03-07T12:00:00.000Z", TestName = "Weekdays_OnTheDay_IsNow")]
    [TestCase("2026-03-09T03:59:59.999Z", ExpectedResult = "2026-03-09T03:59:59.999Z", TestName = "Weekdays_LastMillisecondOfSunday")]
    [TestCase("2026-03-09T04:00:00Z", ExpectedResult = "2026-03-14T04:00:00.000Z", TestName = "Weekdays_AfterDstChange")]
    public string Weekdays(string start)
    {
        // New York goes forward on Sunday 2026-03-08; the last case starts in the first hour of Monday.
        return End(new TimeDelayStep { Id = "d", Timezone = "America/New_York", UntilWeekdays = ValueList.Of(Weekend) }, start);
    }

    [TestCase("2026-03-06T15:00:00Z", ExpectedResult = "2026-03-07T14:00:00.000Z")]
    [TestCase("2026-03-07T14:00:00.001Z", ExpectedResult = "2026-03-08T13:00:00.000Z")]
    [TestCase("2026-03-08T13:00:00.001Z", ExpectedResult = "2026-03-14T13:00:00.000Z")]
    public string TimeAndWeekdays(string start)
    {
        var step = new TimeDelayStep
        {
            Id = "d",
            Timezone = "America/New_York",
            UntilTime = new TimeOnly(9, 0),
            UntilWeekdays = ValueList.Of(Weekend),
        };
        return End(step, start);
    }

    [Test]
    public void ProfileZone_IsTheProfilesElseTheAccounts()
    {
        var step = new TimeDelayStep { Id = "d", UntilTime = new TimeOnly(9, 0) };
        var berlin = AccountZone.Of("Europe/Berlin");
        var history = new ListHistory();
        Assert.That(End(step, "2026-01-05T00:00:00Z", history, berlin), Is.EqualTo("2026-01-05T08:00:00.000Z"));

        history.Has("location", new PropertyMap { ["timezone"] = "Asia/Tokyo" });
        Assert.That(End(step, "2026-01-04T12:00:00Z", history, berlin), Is.EqualTo("2026-01-05T00:00:00.000Z"));

        history.Has("location", new PropertyMap { ["timezone"] = "Mars/Base" }, "2021-01-01");
        Assert.That(End(step, "2026-01-05T00:00:00Z", history, berlin), Is.EqualTo("2026-01-05T08:00:00.000Z"));
    }

    // The oracle asks every minute whether the wall clock satisfies the step.
    [Test]
    public void Until_RandomZonesAndTimes_IsTheFirstMinuteThatSatisfiesBoth()
    {
        var zones = new[] { "Europe/Berlin", "America/New_York", "Asia/Beirut", "Australia/Lord_Howe", "UTC", "Africa/Casablanca" };
        var days = Gen.Select(Gen.Bool.Array[7], flags => ValueList.Of(Enum.GetValues<DayOfWeek>().Where(d => flags[(int)d])));
        Gen.Select(Gen.Int[0, zones.Length - 1].Select(i => zones[i]), Gen.Int[0, 1439], days, Gen.Int[0, 2 * 365 * 1440]).Sample(
            (name, minute, weekdays, startMinute) =>
            {
                var zone = AccountZone.Of(name);
                var start = Instant.Parse("2025-06-01T00:00:00Z").PlusMs(startMinute * 60_000L);
                var step = new TimeDelayStep
                {
                    Id = "d",
                    Timezone = name,
                    UntilTime = TimeOnly.MinValue.AddMinutes(minute),
                    UntilWeekdays = weekdays,
                };
                var end = Instant.Parse(End(step, start.ToString()));
                Assert.That(end, Is.GreaterThanOrEqualTo(start));
                Assert.That(end.UnixMs - start.UnixMs, Is.LessThanOrEqualTo(8L * 86_400_000 + 7_200_000));
                for (var at = start; at < end; at = at.PlusMs(60_000))
                {
                    Assert.That(Satisfies(at, minute, weekdays, zone), Is.False, $"{at} in {name}");
                }

                Assert.That(Satisfies(end, minute, weekdays, zone) || IsAfterGap(end, minute, zone), Is.True, $"{end} in {name}");
            },
            iter: 300);
    }

    private static bool Satisfies(Instant at, int minute, ValueList<DayOfWeek> weekdays, AccountZone zone)
    {
        var local = zone.ToLocal(at);
        var first = zone.FirstInstantOf(local);
        return (weekdays.Count == 0 || weekdays.Contains(local.DayOfWeek))
            && (local.Hour * 60) + local.Minute == minute && first == at;
    }

    private static bool IsAfterGap(Instant at, int minute, AccountZone zone)
    {
        var (before, after) = (zone.ToLocal(at.PlusMs(-1)), zone.ToLocal(at));
        return after - before > TimeSpan.FromMinutes(1) && minute is >= 0 and < 1440;
    }

    private static string End(TimeDelayStep step, string start) => End(step, start, new ListHistory(), AccountZone.Utc);

    private static string End(TimeDelayStep step, string start, ProfileHistory history, AccountZone zone)
    {
        var at = Instant.Parse(start);
        return step.Decide(new StepContext(new TestFacts(history) { Zone = zone }, at, at, null)).Due.ToString();
    }
}
