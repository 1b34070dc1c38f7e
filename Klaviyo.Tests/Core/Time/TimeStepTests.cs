using CsCheck;

namespace Klaviyo.Tests.Core.Time;

public sealed class TimeStepTests
{
    private const long HourMs = 3_600_000;

    private static readonly string[] Zones =
        ["UTC", "Europe/Berlin", "America/St_Johns", "Africa/Cairo", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"];

    // "A value leaves a window at the exact millisecond": every flip of "value <= T + step" is a candidate. The oracle
    // walks T through the weeks around, quarter of an hour by quarter of an hour, and looks for a flip that was passed over.
    [Test]
    public void NextReach_AnyStepAndZone_PassesOverNoFlip()
    {
        var gen = Gen.Select(
            Gen.OneOf(Zones).Select(AccountZone.Of),
            Gen.Select(Gen.Int[-14, 14], Gen.OneOf(TimeUnit.Month, TimeUnit.Year, TimeUnit.Day), (q, u) => new TimeStep(q, u)),
            Gen.Long[1_262_304_000_000 / (HourMs / 4), 1_735_689_600_000 / (HourMs / 4)].Select(q => Instant.FromUnixMs(q * HourMs / 4)),
            Gen.Int[-1, 1]);
        gen.Sample((zone, step, value, ms) => AssertNoFlipPassedOver(zone, step, value.PlusMs(ms)), iter: 600);
    }

    [TestCase("Europe/Berlin", -1, "2026-10-25T01:30:00Z")]
    [TestCase("Europe/Berlin", -1, "2026-10-25T00:30:00Z")]
    [TestCase("Europe/Berlin", -1, "2026-09-25T00:30:00Z")]
    [TestCase("Europe/Berlin", -1, "2026-03-29T01:00:00Z")]
    [TestCase("Europe/Berlin", -1, "2026-02-28T01:30:00Z")]
    [TestCase("America/St_Johns", -1, "2010-11-07T02:35:00Z")]
    [TestCase("America/St_Johns", -1, "2010-10-07T02:35:00Z")]
    [TestCase("Pacific/Apia", -1, "2011-11-30T12:00:00Z")]
    [TestCase("Pacific/Apia", 1, "2011-12-30T10:00:00Z")]
    [TestCase("UTC", -12, "2024-02-29T00:00:00Z")]
    public void NextReach_AroundAChangeOfTheClock_PassesOverNoFlip(string zone, int months, string value) =>
        AssertNoFlipPassedOver(AccountZone.Of(zone), new TimeStep(months, TimeUnit.Month), Instant.Parse(value));

    private static void AssertNoFlipPassedOver(AccountZone zone, TimeStep step, Instant value)
    {
        var around = zone.Plus(value, -step.Quantity, step.Unit);
        var at = around.PlusMs(-6 * 24 * HourMs);
        var end = around.PlusMs(8 * 24 * HourMs);
        var next = step.NextReach(value, at, zone);
        for (; at < end; at = at.PlusMs(HourMs / 4))
        {
            var then = at.PlusMs(HourMs / 4);
            if (Reached(at) != Reached(then))
            {
                Assert.That(next, Is.Not.Null.And.GreaterThan(at).And.LessThanOrEqualTo(then), $"{zone} {step} {value} flips in ({at}, {then}]");
                AssertExact(at, then);
            }

            while (next is { } passed && passed <= then)
            {
                next = step.NextReach(value, passed, zone);
            }
        }

        bool Reached(Instant t) => value <= step.From(t, zone);

        // Inside of the quarter of an hour, all flips are at candidates.
        void AssertExact(Instant from, Instant to)
        {
            for (var candidate = step.NextReach(value, from, zone); candidate is { } c && c <= to; candidate = step.NextReach(value, c, zone))
            {
                Assert.That(Reached(c.PlusMs(-1)), Is.EqualTo(Reached(from)), $"{zone} {step} {value} flips between {from} and {c}");
                from = c;
            }

            Assert.That(Reached(to), Is.EqualTo(Reached(from)), $"{zone} {step} {value} flips between {from} and {to}");
        }
    }
}
