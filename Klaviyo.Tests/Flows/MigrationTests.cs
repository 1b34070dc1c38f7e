using CsCheck;

namespace Klaviyo.Tests.Flows;

// "Edit of a live flow makes a new version; runs under way stay on theirs, or are moved when asked, with the report of where each
// lands. A deleted step's runs are moved or ended, never stranded." (C16)
public sealed class MigrationTests
{
    private static readonly FlowDefinition First = Some.Flow("f", new MetricTrigger("A"),
        Some.Delay("one", "two", 1), Some.Delay("two", "old", 5), Some.Email("old", "three"), Some.Delay("three", "mail", 9), Some.Email("mail"));

    private static readonly FlowDefinition Second = Some.Flow("f", new MetricTrigger("A"),
        Some.Delay("one", "three", 3), Some.Delay("three", "new", 9), Some.Email("new"));

    // Four people: on 'one' since a day ago and since now, on 'two', and on 'three'.
    private static async Task<FlowWorld> OnAllStepsAsync(int lanes = 2)
    {
        var world = await FlowWorld.OpenAsync(lanes);
        await world.Platform.DefineFlowAsync(First);
        await world.Platform.TrackAsync("email:third@example.com", "A");
        await world.AdvanceAsync(TimeSpan.FromDays(4));
        await world.Platform.TrackAsync("email:second@example.com", "A");
        await world.AdvanceAsync(TimeSpan.FromDays(2));
        await world.Platform.TrackAsync("email:first@example.com", "A");
        await world.AdvanceAsync(TimeSpan.FromHours(12));
        world.Offered.Clear();
        await world.Platform.DefineFlowAsync(Second);
        return world;
    }

    private static FlowRun Run(FlowWorld world, string who) =>
        world.Platform.Runs(Identifier.Parse($"email:{who}@example.com")).Single();

    // C16, Restate UpgradeWithInFlight, LittleHorse 022, Elsa Alterations: runs in flight at every node.
    [Test]
    public async Task C16_UpgradeWithInFlight_UntilItIsAsked_PinnedRunsAreUnchanged()
    {
        await using var world = await OnAllStepsAsync();
        Assert.That(world.Platform.Runs("f").Select(r => r.Version), Is.All.EqualTo(1));
        await world.AdvanceAsync(TimeSpan.FromDays(40));
        Assert.That(world.Offered.Select(m => m.Step).Order(), Is.EqualTo(["mail", "mail", "mail", "old", "old"]));
    }

    [Test]
    public async Task C16_Migration_SameIdKeepsItsPlaceAndTheEndOfItsWait_RemovedStepStays()
    {
        await using var world = await OnAllStepsAsync();
        var (one, three) = (Run(world, "first"), Run(world, "third"));
        var told = world.Platform.ReportFlowEdit(Second);
        var done = await world.Platform.MigrateRunsAsync("f");
        Assert.That(done, Is.EqualTo(told.Landings));
        Assert.That(told.Stranded, Is.EqualTo(1));
        Assert.That(Run(world, "first"), Is.EqualTo(one with { Version = 2 }));
        Assert.That(Run(world, "third"), Is.EqualTo(three with { Version = 2 }));
        Assert.That(Run(world, "second").Version, Is.EqualTo(1));

        await world.AdvanceAsync(TimeSpan.FromDays(40));
        Assert.That(world.Offered.Select(m => m.Step).Order(), Is.EqualTo(["mail", "new", "new", "old"]));
        await AssertWholeAsync(world);
    }

    [Test]
    public async Task C16_ChangedDelay_RecomputedFromTheArrival_AndAtOnceWhereItHasPassed()
    {
        await using var world = await OnAllStepsAsync();
        var entered = Run(world, "first").Entered;
        var migration = new FlowMigration { Delays = DelayMigration.Recompute };
        var told = world.Platform.ReportFlowEdit(Second, migration).Landings;
        Assert.That(told.Single(l => l.Step == "one").Recomputed);
        Assert.That(await world.Platform.MigrateRunsAsync("f", migration), Is.EqualTo(told));
        await world.Platform.RunDueAsync();
        Assert.That(Run(world, "first").Due, Is.EqualTo(entered.PlusMs(3 * 86_400_000L)));

        // Now the delay is shorter than what has passed.
        await world.Platform.DefineFlowAsync(Second with { Steps = [Some.Delay("one", "three", 6, DelayUnit.Hours), .. Second.Steps.Skip(1)] });
        await world.Platform.MigrateRunsAsync("f", migration);
        await world.Platform.RunDueAsync();
        Assert.That((Run(world, "first").Step, Run(world, "first").Version), Is.EqualTo(("three", 3)));
        await AssertWholeAsync(world);
    }

    [Test]
    public async Task C16_RemovedStep_ExitOrAnotherStep_AsTheHostChooses()
    {
        await using var world = await OnAllStepsAsync();
        var exit = new FlowMigration { Steps = [new StepMigration("two", null), new StepMigration("one", "new")] };
        var told = world.Platform.ReportFlowEdit(Second, exit).Landings;
        Assert.That(await world.Platform.MigrateRunsAsync("f", exit), Is.EqualTo(told));
        Assert.That(told.Select(l => (l.Step, l.Outcome)), Is.EqualTo(new[]
        {
            ("one", LandingOutcome.Moves), ("three", LandingOutcome.Moves), ("two", LandingOutcome.Ends),
        }));
        Assert.That(world.Platform.Runs(Identifier.Parse("email:second@example.com")), Is.Empty);
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["new"]), "the run that was moved takes its step at once");
        Assert.That(world.Platform.FlowStats("f").Running, Is.EqualTo(1));
        Assert.That(
            async () => await world.Platform.MigrateRunsAsync("f", new FlowMigration { Steps = [new StepMigration("nowhere", null)] }),
            Throws.ArgumentException.With.Message.Contains("'nowhere'"));
        Assert.That(
            () => world.Platform.ReportFlowEdit(Second, new FlowMigration { Steps = [new StepMigration("two", "old")] }),
            Throws.ArgumentException.With.Message.Contains("'old'"));
        await AssertWholeAsync(world);
    }

    // What awaits an event keeps its arrival, and is asked by the new version: here the event of before the edit counts.
    [Test]
    public async Task C16_WaitUntil_IsAskedAnewAsOfItsArrival()
    {
        await using var world = await FlowWorld.OpenAsync();
        var old = FlowBuilder.Named("f").OnEvent("A").WaitFor("B", TimeSpan.FromDays(9), b => b.Email("b", "x")).Email("late", "x").Build();
        await world.Platform.DefineFlowAsync(old);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.AdvanceAsync(TimeSpan.FromDays(1));
        await world.Platform.TrackAsync(Some.Ada, "C");
        await world.AdvanceAsync(TimeSpan.FromDays(1));
        await world.Platform.DefineFlowAsync(
            FlowBuilder.Named("f").OnEvent("A").WaitFor("C", TimeSpan.FromDays(9), c => c.As("c").Email("c", "x").End()).Email("late", "x").Build());
        await world.ReopenAsync();
        Assert.That((await world.Platform.MigrateRunsAsync("f")).Single(), Is.EqualTo(
            new RunLanding(1, "wait-until-1", 1, "wait-until-1", true) { Recomputed = true }));
        await world.ReopenAsync();
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["c"]));
        await AssertWholeAsync(world);
    }

    // All or nothing for each run, wherever the power goes, and the next opening goes on.
    [Test]
    public void C16_PowerCutInTheMiddle_EachRunMovesOnceOrNot_AndTheNextOpeningGoesOn() =>
        Gen.Int[0, 60].Sample(cut => CutAsync(cut).GetAwaiter().GetResult(), iter: 40, threads: 1);

    private static async Task CutAsync(int cut)
    {
        await using var world = await FlowWorld.OpenAsync(2);
        await world.Platform.DefineFlowAsync(First);
        const int People = 3000;
        await world.Platform.WriteAsync([.. Enumerable.Range(0, People).Select(i => new CustomerEvent { Profile = [$"email:{i}@example.com"], Metric = "A" })]);
        await world.Platform.RunDueAsync();
        await world.Platform.DefineFlowAsync(Second);
        world.Files.CutAtStep = world.Files.Steps + cut;
        var began = false;
        try
        {
            await world.Platform.MigrateRunsAsync("f");
            began = true;
        }
        catch (Exception) when (world.Files.IsCut)
        {
            await world.CutPowerAsync();
        }

        world.Files.CutAtStep = long.MaxValue;
        var versions = world.Platform.Runs("f").CountBy(r => r.Version).ToDictionary();
        Assert.That(versions, Has.Count.EqualTo(1), "either it was not begun durably, or it is done");
        Assert.That(versions.Values.Single(), Is.EqualTo(People));
        Assert.That(!began || versions.ContainsKey(2));
        await world.Platform.MigrateRunsAsync("f");
        var moved = world.Platform.FlowStats("f").Steps["one"].GetValueOrDefault(DecisionKind.Migrate);
        Assert.That(moved, Is.EqualTo(People), "each once");
        await AssertWholeAsync(world);
    }

    // What was interrupted in the middle has some runs on each version; the next opening moves the others, and those alone.
    [Test]
    public async Task C16_InterruptedInTheMiddle_TheNextOpeningGoesOn_EachRunMovesOnce()
    {
        const int People = 3000;
        var (asked, interrupt) = (0, new CancellationTokenSource());
        await using var world = await FlowWorld.OpenAsync(stepFor: step => step.Id == "one"
            ? new CountingDelay(() => ++asked == People / 2, interrupt.Cancel) { Id = step.Id, Next = step.Links[0] }
            : step);
        await world.Platform.DefineFlowAsync(First);
        await world.Platform.WriteAsync([.. Enumerable.Range(0, People).Select(i => new CustomerEvent { Profile = [$"email:{i}@example.com"], Metric = "A" })]);
        await world.Platform.RunDueAsync();
        await world.Platform.DefineFlowAsync(Second);
        var migration = new FlowMigration { Delays = DelayMigration.Recompute };
        Assert.That(
            async () => await world.Platform.MigrateRunsAsync("f", migration, interrupt.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(world.Platform.Runs("f").Select(r => r.Version).Distinct().Order(), Is.EqualTo([1, 2]));
        await world.ReopenAsync();
        Assert.That(world.Platform.Runs("f").Select(r => r.Version), Is.All.EqualTo(2).And.Exactly(People).Items);
        Assert.That(world.Platform.FlowStats("f").Steps["one"][DecisionKind.Migrate], Is.EqualTo(People));
        await AssertWholeAsync(world);
    }

    // Waits a day, and tells of each time that it is asked for an arrival.
    private sealed record CountingDelay(Func<bool> IsEnough, Action Interrupt) : Step
    {
        public override string Type => "counting";

        public string? Next { get; init; }

        internal override ValueList<string?> Links => [Next];

        internal override bool TakesTime => true;

        internal override Instant? ArrivalOf(Instant due, Instant now)
        {
            if (IsEnough())
            {
                Interrupt();
            }

            return now;
        }

        internal override Decision Decide(in StepContext context) => Decision.Wait(context.Arrived.PlusMs(86_400_000));
    }

    private static async Task AssertWholeAsync(FlowWorld world)
    {
        await world.ReopenAsync();
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }
}
