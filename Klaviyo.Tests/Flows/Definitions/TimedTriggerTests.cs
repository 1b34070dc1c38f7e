using CsCheck;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Flows.Definitions;

// When the clock starts runs. The oracle of dates walks over the days one by one.
public sealed class TimedTriggerTests
{
    private static readonly string[] Zones = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Beirut", "Australia/Lord_Howe", "Pacific/Apia"];

    [TestCase("2000-02-29", DateRecurrence.Annually, 0, DateUnit.Days, "2026-01-01", ExpectedResult = "2026-02-28T09:00:00.000Z", TestName = "Annually_29FebInACommonYear_Is28Feb")]
    [TestCase("2000-02-29", DateRecurrence.Annually, 0, DateUnit.Days, "2028-01-01", ExpectedResult = "2028-02-29T09:00:00.000Z", TestName = "Annually_29FebInALeapYear_IsThatDay")]
    [TestCase("2000-02-29", DateRecurrence.Annually, 1, DateUnit.Months, "2026-01-01", ExpectedResult = "2026-01-28T09:00:00.000Z")]
    [TestCase("1990-01-03", DateRecurrence.Annually, 1, DateUnit.Weeks, "2026-12-01", ExpectedResult = "2026-12-27T09:00:00.000Z", TestName = "Annually_BeforeTheYearBegins")]
    [TestCase("2026-01-31", DateRecurrence.Monthly, 0, DateUnit.Days, "2026-02-01", ExpectedResult = "2026-02-28T09:00:00.000Z", TestName = "Monthly_AMonthWithoutTheDay_HasItOnItsLast")]
    [TestCase("2026-01-31", DateRecurrence.Monthly, 0, DateUnit.Days, "2026-03-01", ExpectedResult = "2026-03-31T09:00:00.000Z")]
    [TestCase("2026-01-07", DateRecurrence.Weekly, 3, DateUnit.Days, "2026-03-01T09:00:00Z", ExpectedResult = "2026-03-08T09:00:00.000Z", TestName = "Weekly_TheInstantItself_IsNotAfter")]
    [TestCase("2026-01-07", DateRecurrence.Never, 0, DateUnit.Days, "2026-01-07T09:00:00Z", ExpectedResult = null, TestName = "Never_Passed_IsNone")]
    [TestCase("2026-01-07", DateRecurrence.Never, 0, DateUnit.Days, "2026-01-07T08:59:59.999Z", ExpectedResult = "2026-01-07T09:00:00.000Z")]
    [TestCase("2030-05-01", DateRecurrence.Annually, 0, DateUnit.Days, "2026-01-01", ExpectedResult = "2030-05-01T09:00:00.000Z", TestName = "Annually_BeginsWithTheDateItself")]
    [TestCase("soon", DateRecurrence.Annually, 0, DateUnit.Days, "2026-01-01", ExpectedResult = null)]
    public string? Next(string date, DateRecurrence recurrence, int before, DateUnit unit, string after)
    {
        var trigger = new ProfileDateTrigger("born") { Recurrence = recurrence, Before = before, Unit = unit, Timezone = "UTC", Time = new TimeOnly(9, 0) };
        return trigger.Next(Context(date), Instant.Parse(after))?.ToString();
    }

    [Test]
    public void TextWithoutATime_IsThatDateInAnyZone_AnInstantIsTheDayInTheZone()
    {
        var trigger = new ProfileDateTrigger("born") { Timezone = "America/New_York", Time = new TimeOnly(0, 0), Recurrence = DateRecurrence.Never, Before = 0 };
        Assert.That(trigger.Next(Context("2026-05-17"), Instant.MinValue)?.ToString(), Is.EqualTo("2026-05-17T04:00:00.000Z"));
        Assert.That(trigger.Next(Context("2026-05-17T02:00:00Z"), Instant.MinValue)?.ToString(), Is.EqualTo("2026-05-16T04:00:00.000Z"));
        Assert.That(trigger.Next(Context(Instant.Parse("2026-05-17T02:00:00Z")), Instant.MinValue)?.ToString(), Is.EqualTo("2026-05-16T04:00:00.000Z"));
    }

    [Test]
    public void DateTriggers_AreWhatAWalkOverTheDaysFinds()
    {
        var dates = Gen.Select(Gen.Int[1960, 2030], Gen.Int[1, 12], Gen.Int[1, 31], (y, m, d) => new DateTime(y, m, Math.Min(d, DateTime.DaysInMonth(y, m))));
        Gen.Select(
            dates,
            Gen.Select(Gen.Int[0, 3], Gen.Int[0, 40], Gen.Int[0, 2]),
            Gen.Select(Gen.Int[0, Zones.Length - 1], Gen.Int[0, 1439], Gen.Bool.Array[7]),
            Gen.Int[0, 5 * 365 * 24]).Sample(
            (date, how, when, hour) =>
            {
                var days = Enum.GetValues<DayOfWeek>().Where(d => when.Item3[(int)d]).ToList();
                var trigger = new ProfileDateTrigger("born")
                {
                    Recurrence = (DateRecurrence)how.Item1,
                    Before = how.Item2,
                    Unit = (DateUnit)how.Item3,
                    Timezone = Zones[when.Item1],
                    Time = TimeOnly.MinValue.AddMinutes(when.Item2),
                    Weekdays = ValueList.Of(days),
                };
                var after = Instant.Parse("2024-01-01").PlusMs(hour * 3_600_000L);
                var context = Context(date.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture));
                var found = trigger.Next(context, after);
                Assert.That(found, Is.EqualTo(Walk(date, trigger, after)), $"{date:yyyy-MM-dd} {trigger} after {after}");
                Assert.That(found is null || trigger.Fires(context with { At = found.Value }));
                Assert.That(found is null || trigger.DateAt(context with { At = found.Value }) is not null);
            },
            iter: 400);
    }

    // "A local time that DST skips is the first instant after the gap, one that occurs twice is the first."
    [TestCase("30 2 * * *", "2026-03-28T12:00:00Z", ExpectedResult = "2026-03-29T01:00:00.000Z")]
    [TestCase("30 2 * * *", "2026-10-24T12:00:00Z", ExpectedResult = "2026-10-25T00:30:00.000Z")]
    [TestCase("30 2 * * *", "2026-10-25T00:30:00Z", ExpectedResult = "2026-10-26T01:30:00.000Z")]
    [TestCase("*/15 * * * *", "2026-10-25T00:45:00Z", ExpectedResult = "2026-10-25T01:00:00.000Z")]
    [TestCase("0 0 9 * * MON", "2026-03-02T08:00:00Z", ExpectedResult = "2026-03-09T08:00:00.000Z")]
    [TestCase("0 0 30 2 *", "2026-03-02T08:00:00Z", ExpectedResult = null)]
    public string? Schedule(string cron, string after) =>
        new ScheduleTrigger(cron) { Timezone = "Europe/Berlin" }.Next(Context("x"), Instant.Parse(after))?.ToString();

    [Test]
    public async Task Birthday_LiveAndSimulated_EveryYear_AlsoWhoWasThereBefore_AndOverAnOpening()
    {
        await using var world = await FlowWorld.OpenAsync(lanes: 2);
        await world.Platform.IdentifyAsync([Some.Ada], new PropertyMap { ["born"] = "2000-02-29" });
        var flow = Some.Flow("f", new ProfileDateTrigger("born") { Recurrence = DateRecurrence.Annually, Before = 1, Unit = DateUnit.Days, Time = new TimeOnly(9, 0) },
            new TargetDateStep { Id = "day", Next = "mail", UntilTime = new TimeOnly(8, 0) }, Some.Email("mail"));
        await world.Platform.DefineFlowAsync(flow);
        await world.Platform.IdentifyAsync(["email:bob@example.com"], new PropertyMap { ["born"] = "1999-07-01" });
        await world.ReopenAsync();
        for (var days = 0; days < 800; days += 16)
        {
            await world.AdvanceAsync(TimeSpan.FromDays(16));
        }

        // Bob's date is moved away before it comes, then a flow has a new version.
        await world.Platform.IdentifyAsync(["email:bob@example.com"], new PropertyMap { ["born"] = "1999-12-01" });
        await world.Platform.DefineFlowAsync(flow with { Reentry = new ReentryCriteria(1, ReentryUnit.Day) });
        for (var days = 0; days < 320; days += 16)
        {
            await world.AdvanceAsync(TimeSpan.FromDays(16));
        }

        var live = world.Offered.Select(m => (m.To, m.At.ToString())).ToList();
        Assert.That(live, Is.EqualTo(new[]
        {
            ("bob@example.com", "2026-07-01T08:00:00.000Z"),
            ("ada@example.com", "2027-02-28T08:00:00.000Z"),
            ("bob@example.com", "2027-07-01T08:00:00.000Z"),
            ("ada@example.com", "2028-02-29T08:00:00.000Z"),
            ("bob@example.com", "2028-12-01T08:00:00.000Z"),
            ("ada@example.com", "2029-02-28T08:00:00.000Z"),
        }));
        var simulated = new List<Instant>();
        await foreach (var decision in world.Platform.SimulateFlowAsync(flow, Instant.Parse(FlowWorld.Start), world.Clock.GetUtcNow()))
        {
            simulated.Add(decision.At);
        }

        Assert.That(simulated.Order().Select(t => t.ToString()), Is.EqualTo(live.Select(l => l.Item2)));
        Assert.That(world.Platform.FlowStats("f").Running, Is.Zero);
    }

    [Test]
    public async Task StartFlow_StartsARun_WithWhatIsGiven_Once()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new ApiTrigger(), Some.Email("mail", body: "{{ event.why }}")));
        await world.Platform.DefineFlowAsync(Some.Flow("g", new ApiTrigger(), Some.Email("other")));
        await world.Platform.StartFlowAsync("f", Some.Ada, new PropertyMap { ["why"] = "because" }, "request 1");
        await world.Platform.StartFlowAsync("f", Some.Ada, new PropertyMap { ["why"] = "because" }, "request 1");
        await world.AdvanceAsync(TimeSpan.FromMinutes(1));
        Assert.That(world.Offered.Select(m => m.Body), Is.EqualTo(["because"]));
        await world.Platform.DefineFlowAsync(Some.Flow("h", new ListTrigger("L"), Some.Email("mail")));
        Assert.That(() => world.Platform.StartFlowAsync("h", Some.Ada), Throws.ArgumentException);
    }

    // At the ends of time there is no next instant, or one that is later; never a failure.
    [Test]
    public void Next_AtTheEndsOfTime_IsLaterOrNone(
        [Values("0001-01-01", "0001-01-02", "9999-12-30", "9999-12-31", "9999-12-31T23:59:59.999Z")] string date,
        [Values] DateRecurrence recurrence)
    {
        foreach (var (zone, before, onMonday) in Zones.SelectMany(z => new[] { (z, 0, true), (z, 1, false), (z, 100_000, true), (z, int.MaxValue, true) }))
        {
            var dated = new ProfileDateTrigger("born")
            {
                Recurrence = recurrence,
                Before = before,
                Unit = DateUnit.Days,
                Timezone = zone,
                Time = new TimeOnly(23, 0),
                Weekdays = onMonday ? [DayOfWeek.Monday] : [],
            };
            var ofObjects = new ObjectDateTrigger("contract", "holder", "ends", "Contract") { Timezone = zone, Time = new TimeOnly(23, 0) };
            foreach (var after in new[] { Instant.MinValue, Instant.Parse("2026-01-01"), Instant.Parse("9999-12-31"), Instant.MaxValue.PlusMs(-1), Instant.MaxValue })
            {
                Assert.That(dated.Next(Context(date), after), Is.Null.Or.GreaterThan(after), $"{zone} after {after}");
                Assert.That(ofObjects.Next(Context(date), after), Is.Null.Or.GreaterThan(after), $"{zone} after {after}");
                Assert.That(new ScheduleTrigger("0 9 * * *") { Timezone = zone }.Next(Context(date), after), Is.Null.Or.GreaterThan(after), $"{zone} after {after}");
            }
        }
    }

    private static Instant? Walk(DateTime first, DateTrigger trigger, Instant after)
    {
        var zone = AccountZone.Of(trigger.Timezone);
        Instant? earliest = null;
        for (var date = first; date.Year < 2045; date = date.AddDays(1))
        {
            if (!Occurs(date, first, trigger.Recurrence))
            {
                continue;
            }

            var day = trigger.Unit switch
            {
                DateUnit.Days => date.AddDays(-trigger.Before),
                DateUnit.Weeks => date.AddDays(-7 * trigger.Before),
                _ => date.AddMonths(-trigger.Before),
            };
            while (trigger.Weekdays.Count > 0 && !trigger.Weekdays.Contains(day.DayOfWeek))
            {
                day = day.AddDays(1);
            }

            var fire = zone.FirstInstantOf(day + trigger.Time.ToTimeSpan());
            if (fire > after && (earliest is null || fire < earliest))
            {
                earliest = fire;
            }
        }

        return earliest;
    }

    private static bool Occurs(DateTime date, DateTime first, DateRecurrence recurrence)
    {
        var lastOfMonth = date.Day == DateTime.DaysInMonth(date.Year, date.Month);
        var sameDay = date.Day == first.Day || (lastOfMonth && first.Day > date.Day);
        return recurrence switch
        {
            DateRecurrence.Never => date == first,
            DateRecurrence.Weekly => (date - first).Days % 7 == 0,
            DateRecurrence.Monthly => sameDay,
            _ => sameDay && date.Month == first.Month,
        };
    }

    private static EvaluationContext Context(PropertyValue born) =>
        new ListHistory(created: Instant.Parse("2020-01-01")).Has("born", born).At("2026-01-01");
}
