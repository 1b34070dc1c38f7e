using Klaviyo.Channels;
using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Flows;

// The end of a flow: archived, restored, deleted. (C15)
public sealed class ArchiveTests
{
    private const string Bob = "email:bob@example.com";
    private static readonly FlowDefinition Plain = Some.Flow("f", new MetricTrigger("A"), Some.Email("m", "d"), Some.Delay("d", "n", 1), Some.Email("n"));

    [TestCase(false, 2)]
    [TestCase(true, 1)]
    public async Task Archive_StopsTriggers_AndRunsFinishOrEnd(bool cancelRuns, int offered)
    {
        await using var world = await FlowWorld.OpenAsync(lanes: 2);
        await world.Platform.DefineFlowAsync(Plain);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        var run = world.Platform.Runs("f").Single().Id;
        var ended = await world.Platform.ArchiveFlowAsync("f", cancelRuns);
        Assert.That(ended, Is.EqualTo(new CancelledRuns(cancelRuns ? 1 : 0, 0)));
        Assert.That((world.Platform.Flows.Count, world.Platform.AllFlows.Single().Archived), Is.EqualTo((0, true)));

        await world.Platform.CheckpointAsync();
        await world.CutPowerAsync();
        await world.Platform.TrackAsync(Bob, "A");
        await world.AdvanceAsync(TimeSpan.FromDays(2));
        Assert.That(world.Offered, Has.Count.EqualTo(offered).And.All.Property("To").EqualTo("ada@example.com"));
        Assert.That((await world.Platform.TraceRunAsync(run))!.Entries[^1].Decision.Kind, Is.EqualTo(cancelRuns ? DecisionKind.Cancel : DecisionKind.Deliver));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);

        await world.Platform.RestoreFlowAsync("f");
        await world.Platform.TrackAsync(Bob, "A");
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered[^1].To, Is.EqualTo("bob@example.com"));
        Assert.That(world.Platform.Flows.Single().Archived, Is.False);
    }

    // What was triggered before enters, whenever the turn comes; what was to come after it does not, and is not waited for.
    [Test]
    public async Task Archive_DrawsTheLineAtItsInstant_WheneverTheTurnComes()
    {
        await using var world = await FlowWorld.OpenAsync();
        var start = Instant.Parse(FlowWorld.Start);
        await world.Platform.DefineFlowAsync(Plain with { Steps = [Some.Email("m")] });
        await world.Platform.DefineFlowAsync(Birthday);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.WriteAsync(new CustomerEvent { Profile = [Bob], Metric = "A", Time = start.PlusMs(60_000) });
        await world.Platform.WriteAsync(new ProfileWrite { Profile = [Bob], Properties = new PropertyMap { ["born"] = "1990-03-04" } });
        await world.Platform.ArchiveFlowAsync("f");
        await world.Platform.ArchiveFlowAsync("birthday");
        var progress = await world.AdvanceAsync(TimeSpan.FromDays(9));
        Assert.That((world.Offered.Single().To, progress.NextWake), Is.EqualTo(("ada@example.com", (Instant?)null)));
        Assert.That(world.Platform.FlowStats("f").Skips[SkipReason.FlowArchived], Is.EqualTo(1));

        // Restored, the clock starts it again, also for who came meanwhile.
        await world.Platform.WriteAsync(new ProfileWrite { Profile = [Some.Ada], Properties = new PropertyMap { ["born"] = "1990-03-20" } });
        await world.Platform.RestoreFlowAsync("birthday");
        await world.ReopenAsync();
        await world.AdvanceToAsync(start.Plus(TimeSpan.FromDays(400)));
        Assert.That(
            string.Join(", ", world.Offered.Skip(1).OrderBy(m => m.At).Select(m => $"{m.To[..3]} {m.At}"[..14])),
            Is.EqualTo("ada 2026-03-20, bob 2027-03-04, ada 2027-03-20"));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Delete_IsRefusedWhileAnythingIsUnderWay_OrEndsIt_AndWhatItDidStays()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Plain);
        world.Answer = message => message.To[0] == 'a' ? ChannelResult.Delivered
            : message.To[0] == 'b' ? ChannelResult.Retry("busy")
            : ChannelResult.Failed("no");
        foreach (var person in new[] { Some.Ada, Bob })
        {
            await world.Platform.TrackAsync(person, "A");
        }

        await world.Platform.RunDueAsync();
        var run = world.Platform.Runs(Identifier.Parse(Some.Ada)).Single().Id;
        Assert.That(async () => await world.Platform.DeleteFlowAsync("f"), Throws.InvalidOperationException.With.Message.Contains("2 runs under way and 1 messages"));
        Assert.That(world.Platform.Flows.Single().Name, Is.EqualTo("f"), "nothing changed");
        Assert.That(await world.Platform.DeleteFlowAsync("f", cancelRuns: true), Is.EqualTo(new CancelledRuns(2, 0)));
        Assert.That(await world.Platform.DeleteFlowAsync("f"), Is.EqualTo(default(CancelledRuns)), "once is enough");

        await world.ReopenAsync();
        await world.Platform.TrackAsync(Bob, "A");
        var progress = await world.AdvanceAsync(TimeSpan.FromDays(9));
        Assert.That((world.Offered.Count, progress.Transitions, progress.NextWake), Is.EqualTo((2, 0L, (Instant?)null)), "no zombie");
        var state = Cases.FlowDump.Lanes(world.Platform).Single();
        Assert.That((state.Runs.Count, state.Outbox.Messages.Count, state.RunTimers.Count, state.Outbox.Timers.Count), Is.EqualTo((0, 0, 0, 0)));
        Assert.That((await world.Platform.TraceRunAsync(run))!.Flow, Is.EqualTo("f"));
        var stats = world.Platform.FlowStats("f");
        Assert.That((stats.Entered, stats.Delivered, stats.Failed, stats.Pending, stats.Skips[SkipReason.FlowArchived]), Is.EqualTo((2, 1, 1, 0, 1)));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);

        Assert.That((world.Platform.Flows.Count, world.Platform.AllFlows.Single().Deleted), Is.EqualTo((0, true)));
        Assert.That(async () => await world.Platform.DefineFlowAsync(Plain), Throws.TypeOf<DefinitionException>().With.Message.Contains("was deleted"));
        Assert.That(async () => await world.Platform.PauseFlowAsync("f"), Throws.ArgumentException);
        Assert.That(async () => await world.Platform.RestoreFlowAsync("f"), Throws.ArgumentException);
    }

    [Test]
    public async Task Delete_OfAFlowThatNeverStartedAnything_FreesItsName()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Plain);
        await world.Platform.DeleteFlowAsync("f");
        Assert.That(world.Platform.AllFlows, Is.Empty);
        await world.Platform.DefineFlowAsync(Plain);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.CutPowerAsync();
        await world.AdvanceAsync(TimeSpan.FromDays(2));
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["m", "n"]));
        Assert.That((world.Platform.Flows.Single().Version, world.Platform.AllFlows.Count), Is.EqualTo((1, 1)));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // What is asked for is done by the next opening, wherever the power went; a fork of that moment does it too.
    [TestCase("ending")]
    [TestCase("deleting")]
    public async Task Interrupted_TheNextOpeningFinishesIt(string life)
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Plain);
        world.Answer = _ => ChannelResult.Retry("busy");
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.Platform.Store.DefineAsync(Klaviyo.Flows.Definitions.FlowBook.LifeKind, "f", life, CancellationToken.None);
        var target = new SimulatedFiles(seed: 2);
        await world.Platform.Store.ForkAsync(target, null, CancellationToken.None);
        await world.CutPowerAsync();
        await using var fork = await world.OpenAsync(target, _ => ChannelResult.Delivered);
        foreach (var platform in new[] { world.Platform, fork })
        {
            var stats = platform.FlowStats("f");
            Assert.That((stats.Running, stats.Pending), Is.EqualTo((0, life == "ending" ? 1 : 0)));
            Assert.That((platform.AllFlows.Single().Archived, platform.AllFlows.Single().Deleted), Is.EqualTo((life == "ending", life != "ending")));
            Assert.That((await platform.VerifyAsync()).Problem, Is.Null);
        }
    }

    [Test]
    public async Task Archived_IsNotStartedOrEnrolled_ButMayBeEditedAndPaused()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Plain with { Triggers = [new MetricTrigger("A"), new ApiTrigger()] });
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.Platform.ArchiveFlowAsync("f");
        Assert.That(async () => await world.Platform.StartFlowAsync("f", Identifier.Parse(Bob)), Throws.ArgumentException.With.Message.Contains("archived"));
        Assert.That(async () => await world.Platform.BackPopulateFlowAsync("f"), Throws.ArgumentException);
        Assert.That(async () => await world.Platform.ArchiveFlowAsync("g"), Throws.ArgumentException);
        await world.Platform.PauseFlowAsync("f");
        await world.Platform.DefineFlowAsync(Plain with { Steps = [Some.Email("m", "d"), Some.Delay("d", "n", 3), Some.Email("n")] });
        await world.Platform.MigrateRunsAsync("f");
        await world.Platform.ResumeFlowAsync("f");
        await world.Platform.TrackAsync(Bob, "A");
        await world.AdvanceAsync(TimeSpan.FromDays(9));
        Assert.That((world.Platform.AllFlows.Single().Archived, world.Offered.Count), Is.EqualTo((true, 2)));
    }

    private static FlowDefinition Birthday => Some.Flow(
        "birthday",
        new ProfileDateTrigger("born") { Recurrence = DateRecurrence.Annually, Time = new TimeOnly(9, 0) },
        Some.Email("b"));
}
