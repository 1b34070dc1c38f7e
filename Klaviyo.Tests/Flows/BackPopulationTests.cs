using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Flows;

// "Back-population on going live, by choice." (C23: backfill twice, crash in backfill, backfill and live events of the same profile:
// enrolled once.)
public sealed class BackPopulationTests
{
    private static readonly Instant Start = Instant.Parse(FlowWorld.Start);

    private static FlowDefinition Flow(FlowTrigger trigger) => Some.Flow("f", trigger, Some.Delay("wait", "mail", 2), Some.Email("mail"));

    [Test]
    public async Task C23_ByMetric_TheLatestEventWithinTheDays_OnceEach_AlsoWhenAskedTwice()
    {
        await using var world = await FlowWorld.OpenAsync(2);
        await TrackAsync(world, "old", -40);
        await TrackAsync(world, "two", -20);
        await TrackAsync(world, "two", -10);
        await TrackAsync(world, "other", -5, "B");
        await TrackAsync(world, "edge", -30);
        await world.Platform.DefineFlowAsync(Flow(new MetricTrigger("A")));
        Assert.That(await world.Platform.BackPopulateFlowAsync("f"), Is.EqualTo(1), "an event of 30 days ago to the millisecond is too old");
        Assert.That(await world.Platform.BackPopulateFlowAsync("f"), Is.Zero);
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.Runs("f").Single().Entered, Is.EqualTo(Start));
        Assert.That(await world.Platform.BackPopulateFlowAsync("f", new BackPopulation { Days = 60 }), Is.EqualTo(2));
        await world.AdvanceAsync(TimeSpan.FromDays(2));
        Assert.That(world.Offered.Select(m => m.To).Order(), Is.EqualTo(["edge@example.com", "old@example.com", "two@example.com"]));
        Assert.That(await world.Platform.BackPopulateFlowAsync("f", new BackPopulation { Days = 60 }), Is.Zero, "its run has ended");
        await world.ReopenAsync();
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // What goes wrong in it is the segment's: nobody is enrolled, and the store goes on.
    [Test]
    public async Task BySegment_WhoseEvaluationFails_EnrolsNobodyAndStopsNothing()
    {
        var codes = new HostCodes();
        await using var world = await FlowWorld.OpenAsync(postalCodes: codes);
        await TrackAsync(world, "one", -1);
        await world.Platform.IdentifyAsync(["email:one@example.com"], HostCodes.InNewYork);
        await world.Platform.DefineSegmentAsync("near", HostCodes.NearNewYork(codes));
        await world.Platform.DefineFlowAsync(Flow(new SegmentTrigger("near")));
        codes.Fail = true;

        Assert.That(await world.Platform.BackPopulateFlowAsync("f"), Is.Zero);
        await world.ReopenAsync();
        await TrackAsync(world, "two", -1);
        codes.Fail = false;
        Assert.That(await world.Platform.BackPopulateFlowAsync("f"), Is.EqualTo(1));
    }

    [Test]
    public async Task C23_AsOfTheEvent_DelaysCountFromIt_AndWhatHasPassedIsDueNow()
    {
        await using var world = await FlowWorld.OpenAsync(latenessMax: TimeSpan.FromHours(1));
        await TrackAsync(world, "passed", -10);
        await TrackAsync(world, "under.way", -1);
        await world.Platform.DefineFlowAsync(Flow(new MetricTrigger("A")));
        Assert.That(await world.Platform.BackPopulateFlowAsync("f", new BackPopulation { Entry = BackPopulationEntry.AsOfEvent }), Is.EqualTo(2));
        await world.ReopenAsync();
        Assert.That(world.Platform.Runs("f").Select(r => r.Status), Is.All.EqualTo(RunStatus.Triggered));
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Single(), Has.Property("To").EqualTo("passed@example.com").And.Property("At").EqualTo(Start));
        var run = world.Platform.Runs("f").Single();
        Assert.That((run.Entered, run.Due), Is.EqualTo((Start.PlusMs(-86_400_000), Start.PlusMs(86_400_000))));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task C23_ByFilterListAndSegment_WhoIsThereNow()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineSegmentAsync("S", new SegmentDefinition(Some.PropertyIs("p", "v")));
        await world.Platform.TrackAsync("email:x@example.com", "A", null, new PropertyMap { ["k"] = "x" }, Start.PlusMs(-9));
        await world.Platform.TrackAsync("email:y@example.com", "A", null, new PropertyMap { ["k"] = "y" }, Start.PlusMs(-9));
        await world.Platform.WriteAsync(
        [
            new ListWrite { Profile = ["email:on@example.com"], List = "L", Member = true, Time = Start.PlusMs(-1000) },
            new ListWrite { Profile = ["email:off@example.com"], List = "L", Member = true, Time = Start.PlusMs(-1000) },
            new ListWrite { Profile = ["email:off@example.com"], List = "L", Member = false, Time = Start.PlusMs(-500) },
            new ProfileWrite { Profile = ["email:in@example.com"], Properties = new PropertyMap { ["p"] = "v" } },
        ]);
        await world.Platform.DefineFlowAsync(Flow(new MetricTrigger("A") { Filter = Some.EventIs("A", "k", "x") }) with { Name = "metric" });
        await world.Platform.DefineFlowAsync(Flow(new ListTrigger("L")) with { Name = "list" });
        await world.Platform.DefineFlowAsync(Flow(new SegmentTrigger("S")) with { Name = "segment" });
        foreach (var (flow, who) in new[] { ("metric", "x"), ("list", "on"), ("segment", "in") })
        {
            foreach (var entry in new[] { BackPopulationEntry.AsOfEvent, BackPopulationEntry.Now })
            {
                await world.Platform.BackPopulateFlowAsync(flow, new BackPopulation { Entry = entry });
                await world.Platform.RunDueAsync();
            }

            var person = world.Platform.Profile($"email:{who}@example.com")!.Id;
            Assert.That(world.Platform.Runs(flow).Select(r => (r.Profile, r.Status)), Is.EqualTo(new[] { (person, RunStatus.Waiting) }), flow);
        }
    }

    [Test]
    public async Task C23_LiveEventsOfTheSameProfile_EnrolledOnce()
    {
        await using var world = await FlowWorld.OpenAsync();
        await TrackAsync(world, "before", -3);
        await TrackAsync(world, "pulled", -3);
        await world.Platform.DefineFlowAsync(Flow(new MetricTrigger("A")) with { Reentry = ReentryCriteria.Never });
        await TrackAsync(world, "pulled", 0);
        Assert.That(await world.Platform.BackPopulateFlowAsync("f"), Is.EqualTo(1));
        await TrackAsync(world, "before", 0);
        await world.Platform.RunDueAsync();
        await world.AdvanceAsync(TimeSpan.FromDays(9));
        Assert.That(world.Offered.Select(m => m.To).Order(), Is.EqualTo(["before@example.com", "pulled@example.com"]));
    }

    // Wherever the power goes: after the next opening and one more asking each is enrolled once.
    [Test]
    public async Task C23_PowerCutAnywhere_EnrolledOnce()
    {
        const int People = 1000;
        var goneOn = 0;
        for (var cut = 1; ; cut++)
        {
            await using var world = await FlowWorld.OpenAsync(2);
            await world.Platform.WriteAsync([.. Enumerable.Range(0, People)
                .Select(i => new CustomerEvent { Profile = [$"email:{i}@example.com"], Metric = "A", Backfill = true })]);
            await world.Platform.DefineFlowAsync(Flow(new MetricTrigger("A")));
            world.Files.CutAtStep = world.Files.Steps + cut;
            var isDone = await IsDoneAsync(world);
            world.Files.CutAtStep = long.MaxValue;
            goneOn += !isDone && world.Platform.Runs("f").Any() ? 1 : 0;
            await world.Platform.BackPopulateFlowAsync("f");
            await world.AdvanceAsync(TimeSpan.FromDays(3));
            Assert.That(world.Offered.Select(m => m.To), Is.Unique.And.Exactly(People).Items, $"cut at {cut}");
            Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
            if (isDone)
            {
                Assert.That(goneOn, Is.GreaterThan(0), "the next opening went on at least once");
                return;
            }
        }
    }

    private static async Task<bool> IsDoneAsync(FlowWorld world)
    {
        try
        {
            await world.Platform.BackPopulateFlowAsync("f");
            return true;
        }
        catch (Exception) when (world.Files.IsCut)
        {
            await world.CutPowerAsync();
            return false;
        }
    }

    private static async Task TrackAsync(FlowWorld world, string who, int days, string metric = "A") =>
        await world.Platform.TrackAsync($"email:{who}@example.com", metric, time: Start.PlusMs(days * 86_400_000L));
}
