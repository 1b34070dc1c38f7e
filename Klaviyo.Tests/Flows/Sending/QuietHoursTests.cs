using CsCheck;

namespace Klaviyo.Tests.Flows.Sending;

// C20 for quiet hours: over midnight, in gaps and overlaps of the clock, in the profile's zone.
public sealed class QuietHoursTests
{
    private static readonly string[] Zones =
        ["UTC", "Europe/Berlin", "America/New_York", "America/Asuncion", "Asia/Beirut", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Apia"];

    [TestCase("UTC", "20:00", "08:00", "2026-03-02T19:59:59.999Z", null)]
    [TestCase("UTC", "20:00", "08:00", "2026-03-02T20:00:00Z", "2026-03-03T08:00:00Z")]
    [TestCase("UTC", "20:00", "08:00", "2026-03-03T07:59:59.999Z", "2026-03-03T08:00:00Z")]
    [TestCase("UTC", "20:00", "08:00", "2026-03-03T08:00:00Z", null)]
    [TestCase("UTC", "09:00", "17:00", "2026-03-03T12:00:00Z", "2026-03-03T17:00:00Z")]
    [TestCase("UTC", "00:00", "06:00", "2026-03-03T00:00:00Z", "2026-03-03T06:00:00Z")]
    [TestCase("UTC", "22:00", "00:00", "2026-03-03T23:59:00Z", "2026-03-04T00:00:00Z")]

    // Berlin, 29 March 2026: 02:00 to 03:00 is skipped. An end within is the first instant after the gap.
    [TestCase("Europe/Berlin", "22:00", "02:30", "2026-03-29T00:59:00Z", "2026-03-29T01:00:00Z")]
    [TestCase("Europe/Berlin", "22:00", "08:00", "2026-03-28T21:00:00Z", "2026-03-29T06:00:00Z")]
    [TestCase("Europe/Berlin", "02:15", "02:45", "2026-03-29T01:00:00Z", null)]

    // Berlin, 25 October 2026: 02:00 to 03:00 comes twice. An end within is the first.
    [TestCase("Europe/Berlin", "22:00", "02:30", "2026-10-25T00:29:59.999Z", "2026-10-25T00:30:00Z")]
    [TestCase("Europe/Berlin", "22:00", "02:30", "2026-10-25T01:15:00Z", null)]
    [TestCase("Europe/Berlin", "02:30", "06:00", "2026-10-25T00:30:00Z", "2026-10-25T05:00:00Z")]
    [TestCase("Europe/Berlin", "02:30", "06:00", "2026-10-25T01:15:00Z", "2026-10-25T05:00:00Z")]

    // Beirut, 29 March 2026: midnight itself is skipped.
    [TestCase("Asia/Beirut", "21:00", "00:00", "2026-03-28T21:59:00Z", "2026-03-28T22:00:00Z")]
    public void EndAt_ByZone(string zone, string from, string until, string at, string? expected)
    {
        var hours = new QuietHours(null, Time(from), Time(until));
        Assert.That(hours.EndAt(Instant.Parse(at), AccountZone.Of(zone)), Is.EqualTo(expected is null ? (Instant?)null : Instant.Parse(expected)));
    }

    // The oracle walks minute by minute over the wall clock, on days on which it makes no jump; and everywhere: the hours hold from
    // an instant until their end, and not at it.
    [Test]
    public void EndAt_AgreesWithTheWallClock()
    {
        Gen.Select(Gen.Int[0, 1439], Gen.Int[1, 1439], Gen.Int[0, Zones.Length - 1], Gen.Int[0, 365 * 1440]).Sample((from, length, zoneIndex, minute) =>
        {
            var zone = AccountZone.Of(Zones[zoneIndex]);
            var hours = new QuietHours(null, Time(from), Time((from + length) % 1440));
            var at = Instant.Parse("2026-01-01").PlusMs(minute * 60_000L);
            var end = hours.EndAt(at, zone);
            if (end is { } over)
            {
                Assert.That(over, Is.GreaterThan(at));
                Assert.That(hours.EndAt(over.PlusMs(-1), zone), Is.EqualTo(over));
                Assert.That(hours.EndAt(over, zone), Is.Null);
            }

            if (IsSteady(zone, at))
            {
                Assert.That(end, Is.EqualTo(ByWalking(hours, zone, at)));
            }
        });
    }

    private static TimeOnly Time(string text) => TimeOnly.ParseExact(text, "HH:mm", System.Globalization.CultureInfo.InvariantCulture);

    private static TimeOnly Time(int minute) => new(minute / 60, minute % 60);

    private static bool IsSteady(AccountZone zone, Instant at) =>
        Enumerable.Range(-48, 97).Select(h => zone.ToLocal(at.PlusMs(h * 3_600_000L)) - at.PlusMs(h * 3_600_000L).ToDateTimeOffset().UtcDateTime).Distinct().Count() == 1;

    private static Instant? ByWalking(QuietHours hours, AccountZone zone, Instant at)
    {
        var (now, moved) = (at, false);
        while (IsQuiet(hours, TimeOnly.FromDateTime(zone.ToLocal(now))))
        {
            (now, moved) = (now.PlusMs(60_000), true);
        }

        return moved ? now : null;
    }

    private static bool IsQuiet(QuietHours hours, TimeOnly time)
    {
        return hours.From < hours.Until
            ? time >= hours.From && time < hours.Until
            : time >= hours.From || time < hours.Until;
    }
}
