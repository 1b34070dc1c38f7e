using CsCheck;
using Klaviyo.Channels;

namespace Klaviyo.Tests.Flows.Interpreter;

// The state of flows goes out in pages while it changes. Facts, turns, edits and everything else come between any two writes of a
// checkpoint; then the power goes, and what is opened from it must be what the whole log gives.
public sealed class FlowDeedsDuringACheckpointTests
{
    private enum Deed
    {
        Facts,
        Turn,
        Wait,
        Merge,
        Split,
        Erase,
        Requeue,
        Migrate,
        Archive,
        Restore,
        Delete,
        Cancel,
        Segment,
    }

    private static readonly Gen<(Deed Deed, CustomerWrite[] Facts, int Number)> Deeds = Gen.Select(
        Gen.Frequency(
            (8, Gen.Const(Deed.Facts)),
            (8, Gen.Const(Deed.Turn)),
            (6, Gen.Const(Deed.Wait)),
            (2, Gen.Const(Deed.Merge)),
            (1, Gen.Const(Deed.Split)),
            (2, Gen.Const(Deed.Erase)),
            (1, Gen.Const(Deed.Requeue)),
            (1, Gen.Const(Deed.Migrate)),
            (1, Gen.Const(Deed.Archive)),
            (1, Gen.Const(Deed.Restore)),
            (1, Gen.Const(Deed.Delete)),
            (1, Gen.Const(Deed.Cancel)),
            (1, Gen.Const(Deed.Segment))),
        RandomFlows.Facts.Select(facts => facts.Where(f => f is not ConsentWrite).Select(f => f with { Time = null }).Take(6).ToArray()),
        Gen.Int[0, 200]);

    [TestCase(1)]
    [TestCase(2)]
    public void WhatIsOpenedFromIt_IsWhatTheLogGives(int lanes)
    {
        Gen.Select(RandomFlows.EndingFlow, RandomFlows.EndingFlow, Deeds.Array[5, 25], Deeds.Array[5, 40], Gen.Int[0, 3]).Sample(
            (first, second, before, during, when) =>
                RunAsync(lanes, first, second with { Name = "g" }, before, during, isLate: when > 0).GetAwaiter().GetResult(),
            iter: 40,
            threads: 1);
    }

    private static async Task RunAsync(
        int lanes, FlowDefinition first, FlowDefinition second, (Deed, CustomerWrite[], int)[] before, (Deed, CustomerWrite[], int)[] during, bool isLate)
    {
        var sending = new SendPolicy { Rates = new Dictionary<string, RateLimit> { ["email"] = new(1, TimeSpan.FromMinutes(10)) } };
        await using var world = await FlowWorld.OpenAsync(lanes, RandomFlows.From.ToString(), stepFor: AwaitingSteps.For, sending: sending, checksReplay: false);
        world.Answer = m => (Convert.ToInt32(m.Key[..2], 16) % 3) switch
        {
            0 => ChannelResult.Failed("no"),
            1 => ChannelResult.Retry("later"),
            _ => ChannelResult.Delivered,
        };
        await RandomFlows.DefineOtherAsync(world);
        var limit = new RateLimit(1, TimeSpan.FromHours(1));
        await world.Platform.DefineFlowAsync(Simulation.SimulationEqualsLiveTests.WithLimits(first, limit, every: 2));
        await world.Platform.DefineFlowAsync(second);
        foreach (var deed in before)
        {
            await DoAsync(world.Platform, world, deed);
        }

        var (platform, next) = (world.Platform, 0);
        world.BeforeCheckpointWrite = isBehindCut =>
        {
            if (next < during.Length && (isBehindCut || !isLate))
            {
                DoAsync(platform, world, during[next++]).GetAwaiter().GetResult();
            }
        };
        try
        {
            await platform.CheckpointAsync();
        }
        finally
        {
            // A closing that hears of a failure takes one too.
            world.BeforeCheckpointWrite = _ => { };
        }

        foreach (var deed in during.Skip(next))
        {
            await DoAsync(platform, world, deed);
        }

        await platform.CommitAsync();
        await world.CutPowerAsync();
        Assert.That(world.Platform.OpenedFromCheckpoint, Is.True);
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    private static async Task DoAsync(CustomerPlatform platform, FlowWorld world, (Deed Deed, CustomerWrite[] Facts, int Number) next)
    {
        var flow = platform.Flows.ElementAtOrDefault(next.Number % 2)?.Name;
        switch (next.Deed)
        {
            case Deed.Facts:
                await platform.WriteAsync(next.Facts);
                break;
            case Deed.Turn:
                await platform.RunDueAsync();
                break;
            case Deed.Wait:
                world.Clock.Advance(TimeSpan.FromMinutes(next.Number));
                break;
            case Deed.Merge:
                await platform.TrackAsync("anonymous_id:x", "A");
                await platform.IdentifyAsync(["email:ada@example.com", "anonymous_id:x"]);
                break;
            case Deed.Split:
                await platform.SplitAsync("email:ada@example.com");
                break;
            case Deed.Erase:
                await platform.EraseAsync(next.Number % 3 == 0 ? "anonymous_id:x" : "email:bob@example.com");
                break;
            case Deed.Requeue when flow is not null:
                await platform.RetryDeadLettersAsync(flow);
                break;
            case Deed.Migrate when flow is not null:
                var other = platform.Flows[0].Definition! with { Name = flow };
                await platform.DefineFlowAsync(other);
                await platform.MigrateRunsAsync(flow, new FlowMigration());
                break;
            case Deed.Archive when flow is not null:
                await platform.ArchiveFlowAsync(flow, cancelRuns: next.Number % 3 == 0);
                break;
            case Deed.Restore when platform.AllFlows.FirstOrDefault(f => f is { Archived: true, Deleted: false, Name: not "other" }) is { } archived:
                await platform.RestoreFlowAsync(archived.Name);
                break;
            case Deed.Delete when flow is not null && next.Number % 3 == 0:
                await platform.DeleteFlowAsync(flow, cancelRuns: true);
                break;
            case Deed.Cancel when flow is not null:
                await platform.CancelRunsAsync(flow, "by hand");
                break;
            case Deed.Segment:
                await platform.DefineSegmentAsync($"s{next.Number % 3}", new SegmentDefinition(When.Did("A").InTheLast(next.Number + 1, TimeUnit.Hour)));
                await platform.RunSegmentsAsync();
                break;
            default:
                break;
        }
    }
}
