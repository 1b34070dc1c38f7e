using System.Globalization;
using Klaviyo.Flows.Tracing;

namespace Klaviyo.Tests.Flows.Cases;

// Many at once, at a size that a build can bear: counts are exact, records are as many as there are facts, memory comes back.
public sealed class ManyRunsTests
{
    private const int Many = 100_000;
    private const int Batch = 2_000;
    private static readonly Instant Start = Instant.Parse(FlowWorld.Start);

    // C9, Zeebe #8991 #14882, Cadence, omes without jitter: all due in one millisecond. Zeebe proposed each again and again.
    [Test]
    public async Task C9_Zeebe14882_AllDueInOneMillisecond_EachFiresOnce_WithOneRecord()
    {
        await using var world = await FlowWorld.OpenAsync(checksReplay: false);
        var noon = new TimeDelayStep { Id = "d", UntilTime = new TimeOnly(12, 0), Next = "s" };
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), noon, Some.Split("s", Some.CountEver("A", "equals", 1), null, null)));
        await TrackAsync(world, Many);
        Assert.That(world.Platform.Runs("f").Count(r => r.Status == RunStatus.Awaiting), Is.EqualTo(Many));
        var before = Records(world).Count;

        world.Clock.Advance(TimeSpan.FromHours(3) - TimeSpan.FromMilliseconds(1));
        Assert.That((await world.Platform.RunDueAsync()).Transitions, Is.Zero);
        world.Clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.That((await world.Platform.RunDueAsync()).Transitions, Is.EqualTo(2L * Many));
        var stats = world.Platform.FlowStats("f");
        Assert.That((stats.Running, stats.Steps["d"][DecisionKind.Resume], stats.Steps["s"][DecisionKind.Branch]), Is.EqualTo((0L, (long)Many, (long)Many)));
        Assert.That(Records(world).Skip(before).Select(r => r.Count), Is.EqualTo(Enumerable.Repeat(2, Many)), "one record for each, with both steps");
        Assert.That((await world.Platform.RunDueAsync()).Transitions, Is.Zero);
    }

    // C10, vercel #679, Elsa #2443: the process was down when all of it was due.
    [Test]
    public async Task C10_Vercel679_Elsa2443_OverdueAtTheOpening_AllFire_OldestFirst()
    {
        await using var world = await FlowWorld.OpenAsync(checksReplay: false, stepFor: step => step is TimeDelayStep delay
            ? new RandomDelayStep { Id = delay.Id, Next = delay.Next, AtLeastMs = 1, AtMostMs = 86_400_000 }
            : step);
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Delay("d", null, 1)));
        await TrackAsync(world, Many);
        var due = world.Platform.Runs("f").Select(r => r.Due).Order().ToList();
        Assert.That(due.Distinct().Count(), Is.GreaterThan(Many / 4));
        await world.CutPowerAsync();
        var heard = world.Platform.Listen().Reader;
        world.Clock.Advance(TimeSpan.FromDays(30));
        Assert.That((await world.Platform.RunDueAsync()).Transitions, Is.EqualTo(Many));
        var fired = new List<FlowDecision>();
        while (heard.TryRead(out var decision))
        {
            fired.Add(decision);
        }

        Assert.That(fired.Select(d => d.At), Is.EqualTo(due), "by the instant at which it was due");
        Assert.That(fired.Select(d => d.Run), Is.Unique);
        Assert.That(world.Platform.FlowStats("f").Running, Is.Zero);
    }

    // C25, Netherite FanOutFanIn: one run asks for much at once, and goes on when some of it is done; the rest is cancelled.
    // KLAVIYO_CHILDREN=10000 is what the case asks for: each of them looks at the others of its profile, so that takes half a minute.
    [TestCase(0.5)]
    [TestCase(0.75)]
    public async Task C25_FanOutFanIn_JoinsAtTheKthOfN_AndCancelsTheRest(double share)
    {
        var n = int.Parse(Environment.GetEnvironmentVariable("KLAVIYO_CHILDREN") ?? "2000", CultureInfo.InvariantCulture);
        var k = Math.Min((int)(n * share) + 1, n / 4 * 3);
        await using var world = await FlowWorld.OpenAsync(checksReplay: false);
        var wait = new WaitUntilStep { Id = "join", Branches = [new("k", "mail") { Filter = Some.CountSinceStart("Done", "greater-than", k - 1) }] };
        await world.Platform.DefineFlowAsync(Some.Flow("parent", new MetricTrigger("A"), wait, Some.Email("mail")));
        var done = new TrackEventStep { Id = "done", Status = StepStatus.Live, Metric = "Done", Properties = [new("k", ValueSource.Event("k"))] };
        await world.Platform.DefineFlowAsync(Some.Flow("child", new MetricTrigger("Part") { Key = "k" }, Some.Delay("d", "done", 1, DelayUnit.Minutes), done));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        for (var part = 0; part < n; part += n / 4)
        {
            world.Clock.Advance(TimeSpan.FromSeconds(1));
            await world.Platform.WriteAsync([.. Enumerable.Range(part, n / 4).Select(i =>
                new CustomerEvent { Profile = [Some.Ada], Metric = "Part", Properties = new PropertyMap { ["k"] = i } })]);
            await world.Platform.RunDueAsync();
        }

        // A quarter is done a minute after it began, and so on.
        Assert.That(world.Platform.FlowStats("child").Running, Is.EqualTo(n));
        await world.AdvanceToAsync(Start.PlusMs(63_000 - 1));
        Assert.That((world.Offered.Count, world.Platform.FlowStats("child").Running), Is.EqualTo((0, n / 2L)));
        await world.ReopenAsync();
        await world.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.That(world.Offered.Single().At, Is.EqualTo(Start.PlusMs(63_000)));
        Assert.That((await world.Platform.CancelRunsAsync("child", "joined")).Runs, Is.EqualTo(n / 4));
        var rest = await world.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.That((rest.Transitions, rest.NextWake, world.Offered.Count), Is.EqualTo((0L, (Instant?)null, 1)));
        Assert.That(world.Platform.Profile(Some.Ada)!.Metrics["Done"].Count, Is.EqualTo(n / 4 * 3));
    }

    // C26, omes ebb_and_flow: what waits comes and goes like the tides; memory and places are used again.
    [Test]
    public async Task C26_EbbAndFlow_PlacesAreUsedAgain_AndNothingStays()
    {
        const int High = 20_000;
        await using var world = await FlowWorld.OpenAsync(checksReplay: false);
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Delay("d", null, 6, DelayUnit.Hours)));
        var ends = new List<(int Runs, int Messages)>();
        for (var tide = 0; tide < 6; tide++)
        {
            await TrackAsync(world, High);
            Assert.That(world.Platform.FlowStats("f").Running, Is.EqualTo(High));
            await world.AdvanceAsync(TimeSpan.FromHours(12));
            Assert.That(world.Platform.FlowStats("f").Running, Is.Zero);
            var state = FlowDump.Lanes(world.Platform).Single();
            Assert.That((state.Runs.Count, state.RunTimers.Count, state.Details.Count), Is.EqualTo((0, 0, 0)));
            ends.Add((state.Runs.End, state.Outbox.Messages.End));
        }

        Assert.That(ends, Is.All.EqualTo(ends[0]));
        Assert.That(world.Platform.FlowStats("f").Entered, Is.EqualTo(6L * High));
    }

    // C28, omes long_idle: who waits costs nothing until something is due. Each day one of them is.
    [Test]
    public async Task C28_LongIdle_ATurnWithoutAnythingDueWritesNothing()
    {
        await using var world = await FlowWorld.OpenAsync(checksReplay: false);
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Delay("d", null, 400)));
        await TrackAsync(world, 1, prefix: "early");
        world.Clock.Advance(TimeSpan.FromDays(1));
        await TrackAsync(world, Many);
        var (position, records) = (world.Platform.Position, Records(world).Count);
        for (var day = 0; day < 398; day++)
        {
            Assert.That((await world.AdvanceAsync(TimeSpan.FromDays(1))).Transitions, Is.Zero);
        }

        Assert.That(world.Platform.Position, Is.EqualTo(position));
        Assert.That((await world.AdvanceAsync(TimeSpan.FromDays(1))).Transitions, Is.EqualTo(1));
        Assert.That(Records(world), Has.Count.EqualTo(records + 1));
    }

    private static async Task TrackAsync(FlowWorld world, int count, string prefix = "p")
    {
        for (var first = 0; first < count; first += Batch)
        {
            await world.Platform.WriteAsync([.. Enumerable.Range(first, Math.Min(Batch, count - first)).Select(i =>
                new CustomerEvent { Profile = [Identifier.ExternalId($"{prefix}{i}")], Metric = "A" })]);
        }

        await world.Platform.RunDueAsync();
    }

    // Of each record its steps.
    private static List<List<DecisionKind>> Records(FlowWorld world)
    {
        var records = new List<List<DecisionKind>>();
        world.Platform.Store.ReadExtension(0, record =>
        {
            var kinds = new List<DecisionKind>();
            TransitionLog.Read(record, transition => kinds.Add(transition.Kind));
            records.Add(kinds);
        }, default);
        return records;
    }
}
