using CsCheck;
using NodaTime;

namespace Klaviyo.Tests.Flows.Steps;

// "Quiet hours and windows: … recompute when the profile's zone changes." (F13) Whoever moves while the run waits gets it by the clock of
// the new place, from then on. The oracle is NodaTime's wall clock, minute by minute, in the zone of that minute.
public sealed class MovingProfileTests
{
    private const int People = 5;
    private static readonly Instant Start = Instant.Parse("2026-03-27T00:00:00Z");
    private static readonly string[] Zones = ["Europe/Berlin", "Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "Asia/Beirut", "Pacific/Apia"];

    private static readonly Gen<DayOfWeek[]> Weekdays = Gen.Int[1, 127].Select(bits =>
        Enum.GetValues<DayOfWeek>().Where(d => (bits & (1 << (int)d)) != 0).ToArray());

    // A place from a minute on. Half hours, so that moves meet ends of waits and one another.
    private static readonly Gen<(int Minute, int Zone)[]> Moves =
        Gen.Select(Gen.OneOf(Gen.Int[0, 200].Select(h => h * 30), Gen.Int[0, 6000]), Gen.Int[0, Zones.Length - 1]).Array[0, 6];

    private static readonly Gen<(int Arrival, (int Minute, int Zone)[] Moves)> Lives = Gen.Select(Gen.Int[0, 96].Select(h => h * 30), Moves);

    private static readonly Gen<Step> Steps = Gen.Select(Gen.Bool, Gen.Int[0, 30], Gen.Int[0, 47], Gen.Int[1, 47], Weekdays, (window, hours, from, length, days) => window
        ? (Step)new WaitForWindowStep
        {
            Id = "w",
            Next = "m",
            From = TimeOnly.MinValue.AddMinutes(from * 30),
            Until = TimeOnly.MinValue.AddMinutes((from + length) * 30),
            Weekdays = ValueList.Of(days),
        }
        : new TimeDelayStep { Id = "w", Next = "m", Unit = DelayUnit.Hours, Value = hours, UntilTime = TimeOnly.MinValue.AddMinutes(from * 30), UntilWeekdays = ValueList.Of(days) });

    [Test]
    public void Waits_OfPeopleWhoMove_EndByTheClockOfThePlace_LiveAndSimulated()
    {
        Gen.Select(Steps, Lives.Array[People], Gen.Int[0, 5].Array[30]).Sample(
            (step, lives, turns) => CompareAsync(step, lives, turns).GetAwaiter().GetResult(), iter: 40, threads: 1);
    }

    private static async Task CompareAsync(Step step, (int Arrival, (int Minute, int Zone)[] Moves)[] lives, int[] turns)
    {
        await using var world = await FlowWorld.OpenAsync(start: Start.ToString());
        var flow = Some.Flow("f", new MetricTrigger("A"), step, Some.Email("m"));
        await world.Platform.DefineFlowAsync(flow);
        var facts = lives.SelectMany((life, i) => life.Moves.DistinctBy(m => m.Minute)
            .Select(m => (CustomerWrite)new ProfileWrite { Profile = [Person(i)], Time = Start.PlusMs(m.Minute * 60_000L), Properties = Place(Zones[m.Zone]) })
            .Append(new CustomerEvent { Profile = [Person(i)], Metric = "A", Time = Start.PlusMs(life.Arrival * 60_000L) }));
        var turn = 0;
        foreach (var instant in facts.GroupBy(f => f.Time!.Value).OrderBy(g => g.Key))
        {
            // Some turns come late, some after a restart.
            world.Clock.SetUtcNow(instant.Key.ToDateTimeOffset());
            await world.Platform.WriteAsync([.. instant]);
            var how = turns[turn++ % turns.Length];
            if (how > 2)
            {
                await world.Platform.RunDueAsync();
            }

            if (how == 5)
            {
                await world.ReopenAsync();
            }
        }

        var end = Start.Plus(TimeSpan.FromDays(30));
        await world.AdvanceToAsync(end);
        Assert.That(world.Offered.OrderBy(m => m.To).Select(m => m.At), Is.EqualTo(lives.Select(l => EndOf(step, l.Arrival, l.Moves))), $"{step}");
        var simulated = new SortedDictionary<string, Instant>();
        await foreach (var decision in world.Platform.SimulateFlowAsync(flow, Start, end))
        {
            simulated[world.Platform.Profile(Identifier.Of(IdentifierKind.Id, decision.Profile.ToString()))!.Identifiers[0].ToString()] = decision.At;
        }

        Assert.That(simulated.Values, Is.EqualTo(lives.Select(l => EndOf(step, l.Arrival, l.Moves))), $"simulated: {step}");
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // From each move to the next by the clock of that place; the account's is UTC.
    private static Instant EndOf(Step step, int arrival, (int Minute, int Zone)[] moves)
    {
        var earliest = Start.PlusMs(arrival * 60_000L).PlusMs(step is TimeDelayStep d ? d.MinimumMs : 0);
        var stays = moves.DistinctBy(m => m.Minute).OrderBy(m => m.Minute).Select(m => (From: Start.PlusMs(m.Minute * 60_000L), Zone: Zones[m.Zone])).Prepend((From: Instant.MinValue, Zone: "UTC")).ToList();
        for (var i = 0; ; i++)
        {
            var until = i + 1 < stays.Count ? stays[i + 1].From : Instant.MaxValue;
            var from = stays[i].From > earliest ? stays[i].From : earliest;
            if (from >= until)
            {
                continue;
            }

            var zone = DateTimeZoneProviders.Tzdb[stays[i].Zone];
            var end = step is WaitForWindowStep window
                ? DaylightSavingTests.ByWalking(zone, from, window)
                : DaylightSavingTests.ByWalking(zone, from, ((TimeDelayStep)step).UntilTime!.Value, [.. ((TimeDelayStep)step).UntilWeekdays]);
            if (end < until)
            {
                return end;
            }
        }
    }

    [Test]
    public async Task LateForTheEnd_GoesOnAtOnce_AndDoesNotWaitForTheNextDay()
    {
        foreach (var latenessMax in new[] { TimeSpan.FromMinutes(1), TimeSpan.MaxValue })
        {
            await using var world = await FlowWorld.OpenAsync(latenessMax: latenessMax);
            await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), new TimeDelayStep { Id = "d", Next = "m", UntilTime = new TimeOnly(12, 0) }, Some.Email("m")));
            await world.Platform.TrackAsync(Some.Ada, "A");
            await world.Platform.RunDueAsync();
            await world.Platform.PauseFlowAsync("f");
            await world.AdvanceAsync(TimeSpan.FromHours(4));
            await world.ReopenAsync();
            await world.Platform.ResumeFlowAsync("f");
            await world.Platform.RunDueAsync();
            Assert.That(world.Offered, Has.Count.EqualTo(1), $"{latenessMax}");
        }
    }

    // "The end of a wait is kept": also that of a local time, which is then no longer followed.
    [TestCase(DelayMigration.Keep, "2026-03-02T12:00:00.000Z")]
    [TestCase(DelayMigration.Recompute, "2026-03-02T15:00:00.000Z")]
    public async Task Migration_KeepsTheEnd_OrFindsItAnew(DelayMigration delays, string due)
    {
        await using var world = await FlowWorld.OpenAsync();
        FlowDefinition Until(int hour) =>
            Some.Flow("f", new MetricTrigger("A"), new TimeDelayStep { Id = "d", Next = "m", UntilTime = new TimeOnly(hour, 0) }, Some.Email("m"));
        await world.Platform.DefineFlowAsync(Until(12));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.Platform.DefineFlowAsync(Until(15));
        await world.Platform.MigrateRunsAsync("f", new FlowMigration { Delays = delays });
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.Runs("f").Single().Due.ToString(), Is.EqualTo(due));
        await world.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.That(world.Offered.Single().At.ToString(), Is.EqualTo(due));
    }

    private static string Person(int number) => $"email:{number}@example.com";

    private static PropertyMap Place(string zone) => new() { ["location"] = new PropertyMap { ["timezone"] = zone } };
}
