using Klaviyo.Tests.Flows.Cases;

namespace Klaviyo.Tests.Flows;

// What durable engines got wrong, met here; the name of a test says where the case comes from.
public sealed class DurableEngineCaseTests
{
    private const string Bob = "email:bob@example.com";
    private static readonly Instant Start = Instant.Parse(FlowWorld.Start);

    private static FlowDefinition Waiting => FlowBuilder.Named("f")
        .OnEvent("A")
        .WaitFor("B", TimeSpan.FromHours(1), b => b.As("event").Email("b", "x").End())
        .As("timeout").Email("late", "x")
        .Build();

    // An event may arrive before the wait is armed, in the same batch, while it stands, or in the millisecond of the time-out.
    [TestCase(-1L, "timeout")]
    [TestCase(0L, "event")]
    [TestCase(1L, "event")]
    [TestCase(3_600_000L, "event")]
    [TestCase(3_600_001L, "timeout")]
    public async Task C13_Elsa5597_WorkflowCore529_EventAroundTheWait_FirstWins_NeverLost(long ms, string step)
    {
        foreach (var turnBetween in new[] { true, false })
        {
            await using var world = await FlowWorld.OpenAsync();
            await world.Platform.DefineFlowAsync(Waiting);
            CustomerWrite[] facts = [Event("A", Start), Event("B", Start.PlusMs(ms))];
            if (ms <= 0)
            {
                await world.Platform.WriteAsync([.. facts.OrderBy(f => f.Time)]);
            }
            else
            {
                await world.Platform.WriteAsync([facts[0]]);
                if (turnBetween)
                {
                    await world.Platform.RunDueAsync();
                }

                world.Clock.SetUtcNow(Start.PlusMs(ms).ToDateTimeOffset());
                await world.Platform.WriteAsync([facts[1]]);
            }

            await world.ReopenAsync();
            await world.AdvanceAsync(TimeSpan.FromHours(2));
            Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo([step]), $"turn between: {turnBetween}");

            // Also what was written between the arrival and the turn in which the wait is armed wakes the run, at its own instant.
            var happened = step == "event" ? Start.PlusMs(ms) : Start.PlusMs(3_600_000);
            Assert.That(world.Offered[0].At, Is.EqualTo(happened), $"turn between: {turnBetween}");
        }
    }

    [Test]
    public async Task C13_PostHogWakeJobs_CancelledAndEventAtTheSameInstant_NothingMoreHappens()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Waiting);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.TrackAsync(Bob, "A");
        await world.Platform.RunDueAsync();
        await world.Platform.TrackAsync(Some.Ada, "B");
        await world.Platform.CancelRunsAsync(Identifier.Parse(Some.Ada));
        await world.Platform.CancelRunsAsync(Identifier.Parse(Bob));
        await world.Platform.TrackAsync(Bob, "B");
        var state = FlowDump.Lanes(world.Platform).Single();
        Assert.That((state.Runs.Count, state.RunTimers.Count), Is.EqualTo((0, 0)), "nothing is left of them, no timer either");
        var progress = await world.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.That((world.Offered.Count, progress.Transitions, progress.NextWake), Is.EqualTo((0, 0L, (Instant?)null)));
    }

    // The split looks at the instant of the wake: at what was acknowledged a millisecond before, and at nothing of after it.
    [TestCase(-1L, "yes")]
    [TestCase(0L, "yes")]
    [TestCase(1L, "no")]
    public async Task C14_PostHog43086_SplitAfterDelay_SeesWhatWasWrittenUntilItWoke(long ms, string step)
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Delay("d", "s", 1),
            Some.Split("s", Some.CountSinceStart("B", "greater-than", 0), "yes", "no"), Some.Email("yes"), Some.Email("no")));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        world.Clock.SetUtcNow(Start.PlusMs(86_400_000 + ms).ToDateTimeOffset());
        await world.Platform.TrackAsync(Some.Ada, "B");
        await world.AdvanceAsync(TimeSpan.FromMilliseconds(5));
        Assert.That(world.Offered.Single(), Has.Property("Step").EqualTo(step).And.Property("At").EqualTo(Start.PlusMs(86_400_000)));
    }

    [Test]
    public async Task C15_PostHog45361_Netherite312_PauseEditCancelWithWaitingRuns_NoZombieTimers()
    {
        await using var world = await FlowWorld.OpenAsync();
        var flow = Some.Flow("f", new MetricTrigger("A"), Some.Delay("d", "m", 1), Some.Email("m"));
        await world.Platform.DefineFlowAsync(flow);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.Platform.PauseFlowAsync("f");
        await world.Platform.TrackAsync(Bob, "A");
        await world.AdvanceAsync(TimeSpan.FromDays(3));
        await world.ReopenAsync();
        var paused = await world.AdvanceAsync(TimeSpan.FromDays(3));
        Assert.That((world.Offered.Count, paused.Transitions, paused.NextWake), Is.EqualTo((0, 0L, (Instant?)null)), "paused, nothing is due");

        await world.Platform.ResumeFlowAsync("f");
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.To), Is.EqualTo(["ada@example.com"]), "who came while it was paused did not enter");

        await world.Platform.TrackAsync(Bob, "A");
        await world.Platform.RunDueAsync();
        await world.Platform.DefineFlowAsync(flow with { Triggers = [new MetricTrigger("Never")] });
        await world.Platform.CancelRunsAsync("f", "the flow is given up");
        await world.ReopenAsync();
        var given = await world.AdvanceAsync(TimeSpan.FromDays(9));
        Assert.That((world.Offered.Count, given.Transitions, given.NextWake), Is.EqualTo((1, 0L, (Instant?)null)));
    }

    [Test]
    public async Task C19_Dittofeed_OmesOutOfOrder_DuplicateStartsOnce_LateEventDoesNotEndTheWait()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Waiting);
        await world.Platform.TrackAsync(Some.Ada, "A", uniqueId: "cart-1");
        await world.Platform.TrackAsync(Some.Ada, "A", uniqueId: "cart-1");
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.Runs("f").Count(), Is.EqualTo(1));

        // Older than the enrolment, and told only now: of the second the run could not have known, the third is of its time.
        world.Clock.Advance(TimeSpan.FromMinutes(10));
        await world.Platform.WriteAsync([Event("B", Start.PlusMs(-5)), Event("B", Start.PlusMs(-60_000))]);
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered, Is.Empty);
        await world.Platform.WriteAsync([Event("B", Start.PlusMs(60_000))]);
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["event"]));
    }

    private static CustomerEvent Event(string metric, Instant time) => new() { Profile = [Some.Ada], Metric = metric, Time = time };
}
