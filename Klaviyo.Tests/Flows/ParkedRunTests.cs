using Klaviyo.Channels;

namespace Klaviyo.Tests.Flows;

// "F19 poison: a step that throws never blocks others: it is parked at once." And what a person does to runs. (C18)
public sealed class ParkedRunTests
{
    private bool _fails = true;

    private static FlowDefinition Failing => Some.Flow("f", new MetricTrigger("A"), Some.Email("a", "x"), Some.Split("x", Some.PropertyIs("p", "v"), "b", null), Some.Email("b"));

    [Test]
    public async Task StepThrows_ParksAtOnce_AndBlocksNobody()
    {
        await using var world = await OpenAsync();
        for (var i = 0; i < 50; i++)
        {
            await world.Platform.TrackAsync($"email:{i}@example.com", "A");
        }

        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.FlowStats("g").Delivered, Is.EqualTo(50));
        var stats = world.Platform.FlowStats("f");
        Assert.That((stats.Parked, stats.Running, stats.Delivered), Is.EqualTo((50, 50, 50)));
        Assert.That(stats.Backlog["x"], Is.EqualTo(new StepBacklog(50, 0)));

        var progress = await world.AdvanceAsync(TimeSpan.FromDays(9));
        Assert.That((progress.Transitions, progress.NextWake), Is.EqualTo((0, (Instant?)null)), "a parked run costs nothing");
        await world.ReopenAsync();
        var run = world.Platform.ParkedRuns("f")[7];
        Assert.That((run.Step, run.Status, run.Reason), Is.EqualTo(("x", RunStatus.Parked, "InvalidOperationException: Out of order.")));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Parked_ReleasedSkippedCancelled()
    {
        await using var world = await OpenAsync();
        foreach (var person in new[] { Some.Ada, "email:bob@example.com", "email:eve@example.com" })
        {
            await world.Platform.TrackAsync(person, "A");
        }

        await world.Platform.RunDueAsync();
        var cancelled = await world.Platform.CancelRunAsync(world.Platform.Runs(Identifier.Parse(Some.Ada)).Single().Id, "not wanted");
        Assert.That(cancelled, Is.EqualTo(new CancelledRuns(1, 0)));
        Assert.That(await world.Platform.CancelRunAsync(new RunId(99)), Is.EqualTo(default(CancelledRuns)));

        Assert.That(await world.Platform.ReleaseRunsAsync("f"), Is.EqualTo(2));
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.FlowStats("f").Parked, Is.EqualTo(2), "it fails again");

        _fails = false;
        Assert.That(await world.Platform.ReleaseRunsAsync("f", "a"), Is.Zero);
        Assert.That(await world.Platform.ReleaseRunsAsync("f", "x"), Is.EqualTo(2));
        await world.Platform.RunDueAsync();
        var stats = world.Platform.FlowStats("f");
        Assert.That((stats.Parked, stats.Running, stats.Delivered), Is.EqualTo((0, 0, 5)));
        Assert.That(stats.Steps["x"][DecisionKind.Cancel], Is.EqualTo(1));

        _fails = true;
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        Assert.That(await world.Platform.SkipParkedStepAsync("f"), Is.EqualTo(1));
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.FlowStats("f").Delivered, Is.EqualTo(7));
        Assert.That(world.Platform.FlowStats("f").Skips[SkipReason.ByHand], Is.EqualTo(1));
        await world.ReopenAsync();
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Cancel_OfAFlowOrAProfile_EndsItsRuns_AndTellsWhatIsOnItsWay()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m", "d"), Some.Delay("d", "n", 1), Some.Email("n")));
        await world.Platform.DefineFlowAsync(Some.Flow("g", new MetricTrigger("A"), Some.Delay("d", "n", 1), Some.Email("n")));
        world.Answer = _ => ChannelResult.Retry("busy");
        foreach (var person in new[] { Some.Ada, "email:bob@example.com", "email:eve@example.com" })
        {
            await world.Platform.TrackAsync(person, "A");
        }

        await world.Platform.RunDueAsync();
        Assert.That(await world.Platform.CancelRunsAsync(Identifier.Parse(Some.Ada)), Is.EqualTo(new CancelledRuns(2, 1)));
        Assert.That(await world.Platform.CancelRunsAsync("f"), Is.EqualTo(new CancelledRuns(2, 2)));
        Assert.That(await world.Platform.CancelRunsAsync("f"), Is.EqualTo(default(CancelledRuns)));
        world.Answer = _ => ChannelResult.Delivered;
        await world.ReopenAsync();
        await world.AdvanceAsync(TimeSpan.FromDays(2));
        Assert.That(world.Offered.Where(m => m.Attempt > 1 || m.Step == "n").Select(m => m.Flow).Order(), Is.EqualTo(["f", "f", "f", "g", "g"]));
        Assert.That(world.Platform.Flows.Sum(f => world.Platform.FlowStats(f.Name).Running), Is.Zero);
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    private async Task<FlowWorld> OpenAsync()
    {
        _fails = true;
        var world = await FlowWorld.OpenAsync(stepFor: step =>
            step is ConditionalSplitStep split ? new AwaitingSteps.FailingStep(() => _fails) { Id = split.Id, Next = split.NextIfTrue } : step);
        await world.Platform.DefineFlowAsync(Failing);
        await world.Platform.DefineFlowAsync(Some.Flow("g", new MetricTrigger("A"), Some.Email("m")));
        return world;
    }
}
