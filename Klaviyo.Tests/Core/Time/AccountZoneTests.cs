using System.Globalization;
using CsCheck;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Time;

public sealed class AccountZoneTests
{
    private static readonly string[] Zones =
    [
        "UTC", "Europe/Berlin", "America/New_York", "America/St_Johns", "America/Sao_Paulo", "Africa/Cairo", "Asia/Kolkata",
        "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Asia/Tehran", "Africa/Casablanca",
    ];

    private static readonly Gen<(AccountZone Zone, Instant At)> ZonedInstants =
        Gen.Select(Gen.OneOf(Zones).Select(AccountZone.Of), Gen.Long[946_684_800_000, 1_924_992_000_000].Select(Instant.FromUnixMs));

    [Test]
    public void StartOfDay_OfEveryPublishedDay_IsTheFirstInstantOfItsDate()
    {
        foreach (var zone in SharedCases.Json("cases", "tz_day_starts.json").GetProperty("days").EnumerateObject())
        {
            var account = AccountZone.Of(zone.Name);
            foreach (var day in zone.Value.EnumerateArray())
            {
                var date = DateTime.Parse(day.GetProperty("localDate").GetString()!, CultureInfo.InvariantCulture);
                var start = Instant.Parse(day.GetProperty("startUtc").GetString()!);
                var length = (long)(day.GetProperty("hours").GetDouble() * 3_600_000);
                var place = $"{zone.Name} {date:yyyy-MM-dd}";

                Assert.That(account.FirstInstantOf(date), Is.EqualTo(start), place);
                Assert.That(account.StartOf(TimeUnit.Day, start), Is.EqualTo(start), place);
                Assert.That(account.StartOf(TimeUnit.Day, start.PlusMs(length - 1)), Is.EqualTo(start), place);
                Assert.That(account.UnitOf(TimeUnit.Day, start, 0), Is.EqualTo(new TimeRange(start, start.PlusMs(length - 1))), place);
                Assert.That(account.ToLocal(start).ToString("HH:mm", CultureInfo.InvariantCulture),
                    Is.EqualTo(day.GetProperty("firstLocalTime").GetString()), place);
            }
        }
    }

    // "a local time that DST skips is the first instant after the gap, one that occurs twice is the first"
    [Test]
    public void FirstInstantOf_AroundEveryPublishedTransition_TakesTheFirst()
    {
        foreach (var zone in SharedCases.Json("cases", "tz_transitions.json").GetProperty("transitions").EnumerateObject())
        {
            var account = AccountZone.Of(zone.Name);
            foreach (var transition in zone.Value.EnumerateArray())
            {
                var at = Instant.Parse(transition.GetProperty("utc").GetString()!);
                var before = at.ToDateTimeOffset().UtcDateTime.AddSeconds(transition.GetProperty("offsetBeforeSeconds").GetInt32());
                var after = at.ToDateTimeOffset().UtcDateTime.AddSeconds(transition.GetProperty("offsetAfterSeconds").GetInt32());
                var place = $"{zone.Name} {at}";

                Assert.That(account.ToLocal(at), Is.EqualTo(after), place);
                Assert.That(account.ToLocal(at.PlusMs(-1)), Is.EqualTo(before.AddMilliseconds(-1)), place);
                if (after > before)
                {
                    Assert.That(account.FirstInstantOf(before), Is.EqualTo(at), place);
                    Assert.That(account.FirstInstantOf(after.AddMilliseconds(-1)), Is.EqualTo(at), place);
                    Assert.That(account.FirstInstantOf(after), Is.EqualTo(at), place);
                }
                else if (after < before)
                {
                    Assert.That(account.FirstInstantOf(after), Is.EqualTo(at.PlusMs((long)(after - before).TotalMilliseconds)), place);
                    Assert.That(account.FirstInstantOf(before), Is.EqualTo(at.PlusMs((long)(before - after).TotalMilliseconds)), place);
                    Assert.That(account.Occurrences(after).Last, Is.EqualTo(at), place);
                }
            }
        }
    }

    [Test]
    public void FirstInstantOf_AnyLocalTime_IsTheFirstAtWhichTheClockShowsIt()
    {
        ZonedInstants.Sample((zone, at) =>
        {
            var local = zone.ToLocal(at);
            var first = zone.FirstInstantOf(local);
            Assert.That(first, Is.LessThanOrEqualTo(at));
            Assert.That(zone.ToLocal(first), Is.EqualTo(local));
            Assert.That(zone.ToLocal(first.PlusMs(-1)), Is.LessThan(local));
        });
    }

    [Test]
    public void UnitOf_AnyInstant_ContainsItAndMeetsItsNeighbours()
    {
        Gen.Select(ZonedInstants, Gen.OneOf(TimeUnit.Day, TimeUnit.Week, TimeUnit.Month, TimeUnit.Year)).Sample((zoned, unit) =>
        {
            var (zone, at) = zoned;
            var range = zone.UnitOf(unit, at, 0);
            Assert.That(range.Contains(at));
            Assert.That(zone.UnitOf(unit, at, -1).Last.PlusMs(1), Is.EqualTo(range.First));
            Assert.That(zone.UnitOf(unit, at, 1).First.PlusMs(-1), Is.EqualTo(range.Last));
            Assert.That(zone.UnitOf(unit, range.First, 0), Is.EqualTo(range));
            Assert.That(zone.UnitOf(unit, range.Last, 0), Is.EqualTo(range));
        });
    }

    [TestCase("2026-11-25T12:00:00Z", TimeUnit.Week, "2026-11-23T00:00:00Z")]
    [TestCase("2026-11-23T00:00:00Z", TimeUnit.Week, "2026-11-23T00:00:00Z")]
    [TestCase("2026-11-22T23:59:59.999Z", TimeUnit.Week, "2026-11-16T00:00:00Z")]
    [TestCase("2027-01-01T12:00:00Z", TimeUnit.Week, "2026-12-28T00:00:00Z")]
    [TestCase("2026-11-25T12:00:00Z", TimeUnit.Month, "2026-11-01T00:00:00Z")]
    [TestCase("2026-11-25T12:00:00Z", TimeUnit.Year, "2026-01-01T00:00:00Z")]
    [TestCase("2026-11-25T12:34:56Z", TimeUnit.Hour, "2026-11-25T12:00:00Z")]
    [TestCase("2026-11-25T12:34:56.789Z", TimeUnit.Second, "2026-11-25T12:34:56Z")]
    [TestCase("2026-11-25T12:34:56Z", TimeUnit.Minute, "2026-11-25T12:34:00Z")]
    public void StartOf_InUtc_IsAsInTheCalendar(string at, TimeUnit unit, string start)
    {
        Assert.That(AccountZone.Utc.StartOf(unit, Instant.Parse(at)), Is.EqualTo(Instant.Parse(start)));
    }

    // St. John's set its clock back at 00:01 until 2011: midnight came twice, and the day of it began with the first.
    [Test]
    public void StartOfDay_WhereMidnightComesTwice_NeverGoesBack()
    {
        var zone = AccountZone.Of("America/St_Johns");
        var midnight = zone.FirstInstantOf(new DateTime(2010, 11, 7));
        Assert.That(zone.ToLocal(midnight.PlusMs(30 * 60_000)).Day, Is.EqualTo(6));
        Assert.That(zone.StartOf(TimeUnit.Day, midnight.PlusMs(30 * 60_000)), Is.EqualTo(midnight));
    }

    [TestCase("2026-03-31T10:00:00Z", -1, TimeUnit.Month, "2026-02-28T10:00:00Z")]
    [TestCase("2024-03-31T10:00:00Z", -1, TimeUnit.Month, "2024-02-29T10:00:00Z")]
    [TestCase("2024-02-29T10:00:00Z", 1, TimeUnit.Year, "2025-02-28T10:00:00Z")]
    [TestCase("2026-01-31T10:00:00Z", 13, TimeUnit.Month, "2027-02-28T10:00:00Z")]
    [TestCase("2026-03-31T10:00:00Z", 3, TimeUnit.Week, "2026-04-21T10:00:00Z")]
    [TestCase("2026-03-31T10:00:00Z", 90, TimeUnit.Minute, "2026-03-31T11:30:00Z")]
    public void Plus_InUtc_IsAsInTheCalendar(string at, int quantity, TimeUnit unit, string expected)
    {
        Assert.That(AccountZone.Utc.Plus(Instant.Parse(at), quantity, unit), Is.EqualTo(Instant.Parse(expected)));
    }

    // "day = 24 h, week = 7 days; month and year are calendar steps in the account's zone"
    [Test]
    public void Plus_OverAChangeOfTheClock_KeepsTheLengthOfDaysAndTheWallTimeOfMonths()
    {
        var berlin = AccountZone.Of("Europe/Berlin");
        var noon = Instant.Parse("2026-03-28T11:00:00Z");
        Assert.That(berlin.Plus(noon, 1, TimeUnit.Day), Is.EqualTo(Instant.Parse("2026-03-29T11:00:00Z")));
        Assert.That(berlin.Plus(noon, 1, TimeUnit.Month), Is.EqualTo(Instant.Parse("2026-04-28T10:00:00Z")));
    }

    [Test]
    public void Plus_BeyondAllTime_StaysAtItsEnds()
    {
        var at = Instant.Parse("2026-03-28T11:00:00Z");
        foreach (var unit in Enum.GetValues<TimeUnit>().Where(u => u > TimeUnit.Minute))
        {
            Assert.That(AccountZone.Utc.Plus(at, int.MaxValue, unit), Is.GreaterThan(Instant.Parse("9999-12-31")), $"{unit}");
            Assert.That(AccountZone.Utc.Plus(at, -int.MaxValue, unit), Is.LessThan(Instant.Parse("0001-01-02")), $"{unit}");
        }
    }

    [Test]
    public void Of_UnknownName_Throws() =>
        Assert.That(() => AccountZone.Of("Middle/Earth"), Throws.ArgumentException.With.Message.Contains("Middle/Earth"));
}
