using Cronos;
using CsCheck;
using Klaviyo.Tests.Support;
using NodaTime;
using NodaTime.TimeZones;

namespace Klaviyo.Tests.Flows.Steps;

// C20, Temporal calendar_test #7983 #8205, Mautic IntervalTest, PostHog windows: local times where the clocks are changed.
// Two oracles that are not ours: NodaTime, with its own tables of zones, over whose wall clock the test walks minute by minute; and
// Cronos, for every day of every year.
public sealed class DaylightSavingTests
{
    // The changes that others got wrong: at midnight, by half an hour, by two hours, of a whole day, decreed some days before.
    private static readonly (string Zone, string Around)[] Changes =
    [
        ("America/Asuncion", "2023-03-26T03:00:00Z"), ("America/Asuncion", "2023-10-01T04:00:00Z"), ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
        ("Asia/Beirut", "2023-03-29T22:00:00Z"), ("Asia/Beirut", "2023-10-28T21:00:00Z"), ("Africa/Cairo", "2023-04-27T22:00:00Z"),
        ("Africa/Cairo", "2023-10-26T21:00:00Z"), ("Africa/Cairo", "2024-04-25T22:00:00Z"), ("Australia/Lord_Howe", "2023-10-01T15:30:00Z"),
        ("Australia/Lord_Howe", "2023-04-01T15:00:00Z"), ("Antarctica/Troll", "2023-03-26T01:00:00Z"), ("Pacific/Apia", "2011-12-30T10:00:00Z"),
        ("Europe/Berlin", "2023-03-26T01:00:00Z"), ("Europe/Berlin", "2023-10-29T01:00:00Z"), ("America/New_York", "2023-03-12T07:00:00Z"),
        ("America/New_York", "2023-11-05T06:00:00Z"), ("Europe/Dublin", "2023-10-29T01:00:00Z"), ("Africa/Casablanca", "2023-03-19T02:00:00Z"),
        ("Asia/Gaza", "2023-04-28T22:00:00Z"), ("America/Havana", "2023-03-12T05:00:00Z"), ("America/Santiago", "2022-09-11T04:00:00Z"),
    ];

    private static readonly Gen<DayOfWeek[]> Weekdays = Gen.Int[0, 127].Select(bits =>
        Enum.GetValues<DayOfWeek>().Where(d => (bits & (1 << (int)d)) != 0).ToArray());

    private static IEnumerable<TestCaseData> Each() => Changes.Select(c => new TestCaseData(c.Zone, c.Around));

    [TestCaseSource(nameof(Each))]
    public void C20_DelayUntil_AsNodaTimesWallClockSays(string zone, string around)
    {
        var places = DateTimeZoneProviders.Tzdb[zone];
        Gen.Select(Gen.Int[-4 * 1440, 1440], Gen.Int[0, 1439], Weekdays, Gen.Int[0, 3]).Sample(
            (minutes, time, days, near) =>
            {
                // Every fourth time is that of the change itself, or close by.
                var start = Instant.Parse(around).PlusMs(minutes * 60_000L);
                var until = near == 0 ? TimeOnly.FromDateTime(AccountZone.Of(zone).ToLocal(Instant.Parse(around))).AddMinutes((time % 180) - 150) : new TimeOnly(time / 60, time % 60);
                until = new TimeOnly(until.Hour, until.Minute);
                var step = new TimeDelayStep { Id = "d", Timezone = zone, UntilTime = until, UntilWeekdays = ValueList.Of(days) };
                Assert.That(EndOf(step, start), Is.EqualTo(ByWalking(places, start, until, days)), $"{step}");
            },
            iter: 60);
    }

    [Test]
    public void C20_DelayUntil_AsCronosSays()
    {
        Gen.Select(Gen.Int[0, Changes.Length - 1], Gen.Int[0, 20 * 365 * 1440], Gen.Int[0, 1439], Weekdays).Sample((which, minute, time, days) =>
        {
            var zone = Changes[which].Zone;
            var start = Instant.Parse("2010-01-01").PlusMs(minute * 60_000L);
            var step = new TimeDelayStep { Id = "d", Timezone = zone, UntilTime = new TimeOnly(time / 60, time % 60), UntilWeekdays = ValueList.Of(days) };
            var cron = CronExpression.Parse($"{time % 60} {time / 60} * * {(days.Length == 0 ? "*" : string.Join(",", days.Select(d => (int)d)))}");
            var next = cron.GetNextOccurrence(start.ToDateTimeOffset(), TimeZoneInfo.FindSystemTimeZoneById(zone), inclusive: true)!.Value;
            Assert.That(EndOf(step, start), Is.EqualTo((Instant)next), $"{step} from {start}");
        });
    }

    [TestCaseSource(nameof(Each))]
    public void C20_WindowAcrossMidnight_AsNodaTimesWallClockSays(string zone, string around)
    {
        var places = DateTimeZoneProviders.Tzdb[zone];
        Gen.Select(Gen.Int[-3 * 1440, 1440], Gen.Int[0, 95], Gen.Int[1, 95], Weekdays).Sample(
            (minutes, from, length, days) =>
            {
                var start = Instant.Parse(around).PlusMs(minutes * 60_000L);
                var step = new WaitForWindowStep
                {
                    Id = "w",
                    Timezone = zone,
                    From = TimeOnly.MinValue.AddMinutes(from * 15),
                    Until = TimeOnly.MinValue.AddMinutes((from + length) * 15),
                    Weekdays = ValueList.Of(days),
                };
                Assert.That(EndOf(step, start), Is.EqualTo(ByWalking(places, start, step)), $"{step}");
            },
            iter: 40);
    }

    [Test]
    public void C20_DaysAcrossAChange_AreWholeDays_AndAZoneThatIsMissingIsTheAccounts()
    {
        foreach (var (zone, around) in Changes)
        {
            var start = Instant.Parse(around).PlusMs(-3_600_000);
            Assert.That(EndOf(new TimeDelayStep { Id = "d", Timezone = zone, Value = 2, Unit = DelayUnit.Days }, start), Is.EqualTo(start.PlusMs(2 * 86_400_000L)));
            var facts = new TestFacts(new ListHistory()) { Zone = AccountZone.Of(zone) };
            var profiles = new TimeDelayStep { Id = "d", UntilTime = new TimeOnly(9, 30) };
            Assert.That(
                profiles.Decide(new StepContext(facts, start, start, null)).Due,
                Is.EqualTo(EndOf(profiles with { Timezone = zone }, start)));
        }
    }

    private static Instant EndOf(Step step, Instant start)
    {
        var decision = step.Decide(new StepContext(new TestFacts(new ListHistory()), start, start, null));
        return decision.Kind == DecisionKind.Wait ? decision.Due : start;
    }

    // The first minute whose local time is the one, for the first time; or that a jump of the clock lands on, when it leapt over it.
    internal static Instant ByWalking(DateTimeZone zone, Instant start, TimeOnly until, DayOfWeek[] days)
    {
        for (var at = start; ; at = at.PlusMs(60_000))
        {
            var (before, now) = (Local(zone, at.PlusMs(-60_000)), Local(zone, at));
            var minute = now - before > TimeSpan.FromMinutes(1) ? before.AddMinutes(1) : now;
            for (; minute <= now; minute = minute.AddMinutes(1))
            {
                if (TimeOnly.FromDateTime(minute) == until && (days.Length == 0 || Array.IndexOf(days, minute.DayOfWeek) >= 0) && (minute < now || IsFirst(zone, now, at)))
                {
                    return at;
                }
            }
        }
    }

    internal static Instant ByWalking(DateTimeZone zone, Instant start, WaitForWindowStep step)
    {
        for (var at = start; ; at = at.PlusMs(60_000))
        {
            var day = Local(zone, at).Date;
            if (new[] { day.AddDays(-1), day }.Any(d => IsOpen(zone, at, d, step)))
            {
                return at;
            }
        }
    }

    private static bool IsOpen(DateTimeZone zone, Instant at, DateTime day, WaitForWindowStep step)
    {
        var closing = step.Until > step.From ? day : day.AddDays(1);
        return (step.Weekdays.Count == 0 || step.Weekdays.Contains(day.DayOfWeek))
            && FirstOf(zone, day + step.From.ToTimeSpan()) <= at && at < FirstOf(zone, closing + step.Until.ToTimeSpan());
    }

    // NodaTime's own resolver: the earlier of two, the start of what is behind a gap.
    private static Instant FirstOf(DateTimeZone zone, DateTime local)
    {
        var resolver = Resolvers.CreateMappingResolver(Resolvers.ReturnEarlier, Resolvers.ReturnStartOfIntervalAfter);
        return Instant.FromUnixMs(zone.ResolveLocal(LocalDateTime.FromDateTime(local), resolver).ToInstant().ToUnixTimeMilliseconds());
    }

    private static bool IsFirst(DateTimeZone zone, DateTime local, Instant at) =>
        zone.MapLocal(LocalDateTime.FromDateTime(local)).First().ToInstant().ToUnixTimeMilliseconds() == at.UnixMs;

    private static DateTime Local(DateTimeZone zone, Instant at) =>
        NodaTime.Instant.FromUnixTimeMilliseconds(at.UnixMs).InZone(zone).ToDateTimeUnspecified();
}
