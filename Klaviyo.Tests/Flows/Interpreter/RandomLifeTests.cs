using CsCheck;
using Klaviyo.Channels;

namespace Klaviyo.Tests.Flows.Interpreter;

// C1: after everything that happens, the state is what the log gives, byte for byte: VerifyAsync folds the whole log into a
// second state and compares the images.
// P7: over power cuts at any write of the disk, channels that fail, pauses and merges, no message is lost, none has two keys,
// and what was offered stands in the log.
public sealed class RandomLifeTests
{
    private enum Deed
    {
        Facts,
        Turn,
        Wait,
        Pause,
        Resume,
        Merge,
        Split,
        Erase,
        Compact,
        Checkpoint,
        Requeue,
        Migrate,
        Reopen,
        Cut,
    }

    private static readonly Gen<Deed> Deeds = Gen.Frequency(
        (8, Gen.Const(Deed.Facts)),
        (8, Gen.Const(Deed.Turn)),
        (8, Gen.Const(Deed.Wait)),
        (1, Gen.Const(Deed.Pause)),
        (2, Gen.Const(Deed.Resume)),
        (1, Gen.Const(Deed.Merge)),
        (1, Gen.Const(Deed.Split)),
        (1, Gen.Const(Deed.Erase)),
        (1, Gen.Const(Deed.Compact)),
        (1, Gen.Const(Deed.Checkpoint)),
        (1, Gen.Const(Deed.Requeue)),
        (2, Gen.Const(Deed.Migrate)),
        (2, Gen.Const(Deed.Reopen)),
        (4, Gen.Const(Deed.Cut)));

    private static readonly SendPolicy OneMailAtATime = new()
    {
        Rates = new Dictionary<string, RateLimit> { ["email"] = new(1, TimeSpan.FromMinutes(10)) },
    };

    private static readonly Gen<CustomerWrite[]> Facts =
        RandomFlows.Facts.Select(facts => facts.Where(f => f is not ConsentWrite).Select(f => f with { Time = null }).Take(6).ToArray());

    [TestCase(1, false, false)]
    [TestCase(2, false, false)]
    [TestCase(1, true, false)]
    [TestCase(2, true, false)]
    [TestCase(1, false, true)]
    [TestCase(2, false, true)]
    public void Life_OfRandomDeeds_LosesAndDoublesNothing(int lanes, bool awaiting, bool limited)
    {
        Gen.Select(RandomFlows.EndingFlow, RandomFlows.EndingFlow, Gen.Select(Deeds, Facts, Gen.Int[0, 200]).Array[1, 40]).Sample(
            (first, second, deeds) => LiveAsync(lanes, awaiting, limited, first, second with { Name = "g" }, deeds).GetAwaiter().GetResult(),
            threads: 1);
    }

    private static async Task LiveAsync(
        int lanes, bool awaiting, bool limited, FlowDefinition first, FlowDefinition second, (Deed Deed, CustomerWrite[] Facts, int Number)[] deeds)
    {
        var world = await FlowWorld.OpenAsync(
            lanes, RandomFlows.From.ToString(), stepFor: awaiting ? AwaitingSteps.For : null, sending: limited ? OneMailAtATime : null);
        world.Answer = AnswerOf;
        await RandomFlows.DefineOtherAsync(world);
        if (limited)
        {
            var rate = new RateLimit(1, TimeSpan.FromHours(1));
            first = Simulation.SimulationEqualsLiveTests.WithLimits(first, rate, every: 2);
        }

        await world.Platform.DefineFlowAsync(first);
        await world.Platform.DefineFlowAsync(second);
        foreach (var (deed, facts, number) in deeds)
        {
            if (deed == Deed.Cut)
            {
                // Somewhere in the next writes of the disk the power goes.
                world.Files.CutAtStep = world.Files.Steps + number;
                continue;
            }

            try
            {
                await DoAsync(world, deed, facts, number);
                Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
            }
            catch (Exception) when (world.Files.IsCut)
            {
                await world.CutPowerAsync();
                Assert.That(
                    world.Platform.Flows.Sum(f => world.Platform.FlowStats(f.Name).Sends),
                    Is.GreaterThanOrEqualTo(world.Offered.Select(m => m.Key).Distinct().Count()),
                    "what was offered is in the log");
                Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
            }
        }

        world.Files.CutAtStep = long.MaxValue;
        await FinishAsync(world);
        Judge(world);
        await world.DisposeAsync();
    }

    private static async Task DoAsync(FlowWorld world, Deed deed, CustomerWrite[] facts, int number)
    {
        var flow = number % 2 == 0 ? "f" : "g";
        switch (deed)
        {
            case Deed.Facts:
                await world.Platform.WriteAsync(facts);
                break;
            case Deed.Turn:
                await world.Platform.RunDueAsync();
                break;
            case Deed.Wait:
                world.Clock.Advance(TimeSpan.FromMinutes(number));
                break;
            case Deed.Pause:
                await world.Platform.PauseFlowAsync(flow);
                break;
            case Deed.Resume:
                await world.Platform.ResumeFlowAsync(flow);
                break;
            case Deed.Merge:
                await world.Platform.TrackAsync("anonymous_id:x", "A");
                await world.Platform.IdentifyAsync(["email:ada@example.com", "anonymous_id:x"]);
                break;
            case Deed.Split:
                await world.Platform.SplitAsync("email:ada@example.com");
                break;
            case Deed.Erase:
                await world.Platform.EraseAsync(number % 3 == 0 ? "anonymous_id:x" : "email:ada@example.com");
                break;
            case Deed.Compact:
                await world.Platform.CompactAsync();
                break;
            case Deed.Checkpoint:
                await world.Platform.CheckpointAsync();
                break;
            case Deed.Requeue:
                await world.Platform.RetryDeadLettersAsync(flow);
                break;
            case Deed.Migrate:
                await MigrateAsync(world, flow, number);
                break;
            default:
                await world.ReopenAsync();
                break;
        }
    }

    // One flow gets the steps of the other: the same ids, but hardly ever the same step.
    private static async Task MigrateAsync(FlowWorld world, string flow, int number)
    {
        var other = world.Platform.Flows.Single(f => f.Name != flow).Definition!;
        await world.Platform.DefineFlowAsync(other with { Name = flow });
        var migration = new FlowMigration { Delays = (DelayMigration)(number / 2 % 2) };
        if (number % 5 == 0)
        {
            migration = migration with { Steps = [new StepMigration("0", number % 2 == 0 ? null : other.Steps[^1].Id)] };
        }

        var told = world.Platform.ReportFlowEdit(other with { Name = flow }, migration).Landings;
        Assert.That(await world.Platform.MigrateRunsAsync(flow, migration), Is.EqualTo(told));
    }

    private static async Task FinishAsync(FlowWorld world)
    {
        // A flow may put a profile on its own list again and again, so nothing more is let in.
        foreach (var flow in world.Platform.Flows)
        {
            await world.Platform.ResumeFlowAsync(flow.Name);
            await world.Platform.DefineFlowAsync(flow.Definition! with { Trigger = new MetricTrigger("Never"), Steps = [Some.Email("0")], Entry = "0" });
        }

        if (world.Sending.Rates.Count > 0)
        {
            // Lines empty one after the other.
            Instant now = world.Clock.GetUtcNow();
            await world.PassToAsync(now.Plus(TimeSpan.FromDays(60)));
        }

        for (var days = 0; days < 60; days++)
        {
            await world.AdvanceAsync(TimeSpan.FromDays(1));
        }
    }

    private static void Judge(FlowWorld world)
    {
        var stats = new[] { world.Platform.FlowStats("f"), world.Platform.FlowStats("g") };
        var identities = world.Offered.Select(m => (m.Key, m.Run, m.Step, m.At, m.Flow)).Distinct().ToList();
        Assert.That(identities.Select(i => i.Key), Is.Unique, "one key names one message");
        Assert.That(identities.Select(i => (i.Run, i.Step, i.At)), Is.Unique, "one message has one key");
        Assert.That(stats.Sum(s => s.Pending), Is.Zero);
        Assert.That(stats.Sum(s => s.Running - s.Parked), Is.Zero);

        if (world.Platform.Stats().Erased > 0)
        {
            // Messages of an erased profile count as withdrawn, whether a channel saw them or not.
            Assert.That(stats.Sum(s => s.Sends), Is.GreaterThanOrEqualTo(identities.Count));
            return;
        }

        // Neither phantom nor missing: what channels got is what the log says was delivered or given up.
        var last = world.Offered.GroupBy(m => m.Key).Select(g => AnswerOf(g.MaxBy(m => m.Attempt)!)).ToList();
        Assert.That(stats.Sum(s => s.Sends), Is.EqualTo(identities.Count));
        Assert.That(stats.Sum(s => s.Delivered), Is.EqualTo(last.Count(r => r.Outcome == ChannelOutcome.Delivered)));
        Assert.That(stats.Sum(s => s.Failed + s.DeadLetters), Is.EqualTo(last.Count(r => r.Outcome != ChannelOutcome.Delivered)));
    }

    // The same for a repeated attempt, so that the end does not depend on the cuts.
    private static ChannelResult AnswerOf(FlowMessage message)
    {
        return (Convert.ToInt32(message.Key[..2], 16) % 5) switch
        {
            0 => ChannelResult.Failed("no"),
            1 => ChannelResult.Retry("later"),
            2 when message.Attempt < 3 => ChannelResult.Retry("later", TimeSpan.FromHours(1)),
            _ => ChannelResult.Delivered,
        };
    }
}
