using Cronos;
using Klaviyo.Flows.Definitions;

namespace Klaviyo.Tests.Flows.Definitions;

/// <summary>
/// Schedules around every change of the clocks of some zones, 2010 to 2036, against a walk minute by minute: an instant counts where the local
/// clock shows one of the times, and of an expression for a time of day the first instant of each local time.
/// </summary>
public sealed class ScheduleOverClockChangesTests
{
    private const long MinuteMs = 60_000;
    private const int MinutesBefore = 26 * 60;
    private const int Minutes = 2 * MinutesBefore;

    private static readonly string[] Zones =
    [
        "Europe/Dublin", "Europe/London", "America/New_York", "Africa/Casablanca", "Africa/El_Aaiun", "America/Asuncion", "Antarctica/Casey",
        "Antarctica/Troll", "Pacific/Apia", "Pacific/Fakaofo", "America/Nuuk", "America/Scoresbysund", "Asia/Amman", "Africa/Juba",
        "America/Fort_Nelson", "America/Metlakatla", "America/Ciudad_Juarez", "America/Dawson", "Australia/Lord_Howe", "Pacific/Chatham",
        "Pacific/Easter", "Africa/Cairo", "Asia/Gaza", "Asia/Pyongyang", "Europe/Istanbul", "UTC",
    ];

    private static readonly string[] Repeating =
        ["0 * * * *", "*/15 * * * *", "15,45 * * * *", "*/7 1-3 * * *", "*/30 0-12/2 * * *", "0 */2 * * *", "5 * * * *", "30 1-4 * * *"];

    private static readonly string[] OfADay = ["0 0 * * *", "30 0 * * *", "0 2 * * *", "30 2 * * *", "0 1,2,3 * * SUN"];

    [TestCaseSource(nameof(Zones))]
    public void EveryInstant_IsThatOfAWalk(string name)
    {
        var zone = AccountZone.Of(name);
        foreach (var change in Changes(zone))
        {
            var instants = Enumerable.Range(-MinutesBefore, Minutes).Select(minute => change.PlusMs(minute * MinuteMs)).ToArray();
            var locals = instants.Select(zone.ToLocal).ToArray();
            foreach (var cron in Repeating)
            {
                var times = Times(cron, locals);
                Check(cron, zone, instants, [.. instants.Where((_, i) => times.Contains(locals[i]))]);
            }

            foreach (var cron in OfADay)
            {
                Check(cron, zone, instants, [.. Times(cron, locals).Select(zone.FirstInstantOf).Where(t => t >= instants[0] && t <= instants[^1]).Distinct().Order()]);
            }
        }
    }

    [Test]
    public void FarTimes_AreFound_AlsoInTheHourThatComesTwice()
    {
        var (times, zone) = (new CronTimes("*/30 2 25 10 *"), AccountZone.Of("Europe/Berlin"));
        var (at, found) = (Instant.Parse("2025-12-01T00:00:00Z"), new List<string>());
        for (var i = 0; i < 6; i++)
        {
            at = times.After(at, zone)!.Value;
            found.Add(at.ToString());
        }

        Assert.That(found, Is.EqualTo(new[]
        {
            "2026-10-25T00:00:00.000Z", "2026-10-25T00:30:00.000Z", "2026-10-25T01:00:00.000Z", "2026-10-25T01:30:00.000Z",
            "2027-10-25T00:00:00.000Z", "2027-10-25T00:30:00.000Z",
        }));
    }

    [TestCase("@daily")]
    [TestCase("0 9 * *")]
    [TestCase("0 0 9 * * * 2026")]
    public void WhatHasNotFiveOrSixFields_IsRefused(string cron) =>
        Assert.That(() => new ScheduleTrigger(cron), Throws.TypeOf<FormatException>().With.Message.Contains("five fields"));

    private static void Check(string cron, AccountZone zone, Instant[] instants, List<Instant> expected)
    {
        var (times, found) = (new CronTimes(cron), new List<Instant>());
        for (var next = times.After(instants[0].PlusMs(-1), zone); next <= instants[^1]; next = times.After(next.Value, zone))
        {
            found.Add(next.Value);
            Assert.That(found, Has.Count.LessThan(Minutes), $"{cron} in {zone} at {next}");
        }

        Assert.That(found, Is.EqualTo(expected), $"{cron} in {zone} around {instants[MinutesBefore]}");
    }

    private static HashSet<DateTime> Times(string cron, DateTime[] locals)
    {
        var (from, to) = (locals.Min().AddDays(-2), locals.Max().AddDays(2));
        return
        [
            .. CronExpression.Parse(cron)
                .GetOccurrences(DateTime.SpecifyKind(from, DateTimeKind.Utc), DateTime.SpecifyKind(to, DateTimeKind.Utc))
                .Select(time => DateTime.SpecifyKind(time, DateTimeKind.Unspecified)),
        ];
    }

    private static IEnumerable<Instant> Changes(AccountZone zone)
    {
        for (var day = new DateTime(2010, 1, 1); day.Year < 2037; day = day.AddDays(1))
        {
            if (zone.ClockChange(day) is { } change)
            {
                yield return change;
            }
        }
    }
}
