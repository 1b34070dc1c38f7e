using CsCheck;
using Klaviyo.Channels;
using Klaviyo.Flows.Tracing;
using Klaviyo.Json;

namespace Klaviyo.Tests.Flows.Cases;

// C2, Zeebe: a random flow on a random path of events; one store lives on, the other is closed, or loses its power, after every
// step. At each step the two are the same.
// C27: at any moment the counts are those that a recount from the log gives.
public sealed class RestartTests
{
    private static readonly string[] People = ["email:ada@example.com", "email:bob@example.com", "external_id:eve"];

    [TestCase(1)]
    [TestCase(2)]
    public void C2_Zeebe_RestartAtEveryStep_IsAsIfNothingHadHappened(int lanes)
    {
        Gen.Select(RandomFlows.Flow, RandomFlows.Facts, Gen.Int[0, 2].Array[20]).Sample(
            (flow, facts, restarts) => CompareAsync(lanes, flow, [.. facts.OrderBy(f => f.Time)], restarts).GetAwaiter().GetResult(),
            threads: 1,
            print: t => $"{FlowJson.Write(t.Item1)}\n{string.Join("\n", t.Item2.OrderBy(f => f.Time).Select(f => $"{f.Profile[0]} {f}"))}\n{string.Join(",", t.Item3)}");
    }

    private static async Task CompareAsync(int lanes, FlowDefinition flow, CustomerWrite[] facts, int[] restarts)
    {
        await using var whole = await OpenAsync(lanes, flow);
        await using var broken = await OpenAsync(lanes, flow);
        var step = 0;
        foreach (var instant in facts.GroupBy(f => f.Time!.Value))
        {
            foreach (var world in new[] { whole, broken })
            {
                world.Clock.SetUtcNow(instant.Key.ToDateTimeOffset());
                await world.Platform.WriteAsync([.. instant]);
            }

            await RestartAsync(broken, restarts[step++ % restarts.Length]);
            Assert.That(FlowDump.Of(broken.Platform, People), Is.EqualTo(FlowDump.Of(whole.Platform, People)), $"after the facts of {instant.Key}");
            await whole.Platform.RunDueAsync();
            await broken.Platform.RunDueAsync();
            await RestartAsync(broken, restarts[step++ % restarts.Length]);
            Assert.That(FlowDump.Of(broken.Platform, People), Is.EqualTo(FlowDump.Of(whole.Platform, People)), $"after the turn at {instant.Key}");
            Recount(broken.Platform);
        }

        await whole.AdvanceAsync(TimeSpan.FromDays(30));
        await broken.AdvanceAsync(TimeSpan.FromDays(30));
        Assert.That(FlowDump.Of(broken.Platform, People), Is.EqualTo(FlowDump.Of(whole.Platform, People)));
        Assert.That(Said(broken), Is.EqualTo(Said(whole)));
        Assert.That(FlowDump.Deeds(broken.Platform), Is.EqualTo(FlowDump.Deeds(whole.Platform)));
        Recount(whole.Platform);
    }

    // Why being asked in vain is not compared. Both stand there; then B is told, of an instant to come in the eyes of the question that
    // an opening repeats: it gives the wait an end, and the answer is a record. The run goes on at the same instant, by the same way.
    [Test]
    public async Task C2_AfterAnOpeningARunIsAskedOnceMore_AndThatIsAllThatDiffers()
    {
        var wait = new WaitUntilStep { Id = "w", Branches = [new("b", "m") { Metric = "B" }], TimeoutMs = 86_400_000 };
        var flow = Some.Flow("f", new MetricTrigger("A"), wait, Some.Email("m"));
        await using var whole = await OpenAsync(1, flow);
        await using var broken = await OpenAsync(1, flow);
        foreach (var world in new[] { whole, broken })
        {
            await world.Platform.TrackAsync(Some.Ada, "A");
            await world.Platform.RunDueAsync();
            world.Clock.Advance(TimeSpan.FromHours(1));
            await world.Platform.TrackAsync(Some.Ada, "B");
            if (world == broken)
            {
                await world.ReopenAsync();
            }

            await world.Platform.RunDueAsync();
        }

        long Awaits(FlowWorld world) => world.Platform.FlowStats("f").Steps["w"][DecisionKind.Await];
        Assert.That((Awaits(whole), Awaits(broken)), Is.EqualTo((1L, 2L)));
        Assert.That(FlowDump.Of(broken.Platform, People), Is.EqualTo(FlowDump.Of(whole.Platform, People)));
        Assert.That(FlowDump.Deeds(broken.Platform), Is.EqualTo(FlowDump.Deeds(whole.Platform)));
    }

    private static async Task RestartAsync(FlowWorld world, int how)
    {
        switch (how)
        {
            case 0:
                await world.ReopenAsync();
                break;
            case 1:
                await world.Platform.CommitAsync();
                await world.CutPowerAsync();
                break;
            default:
                await world.Platform.CheckpointAsync();
                await world.CutPowerAsync();
                break;
        }
    }

    // A recount knows nothing of states: it reads what happened to each run from the log, and where the last of it left the run.
    private static void Recount(CustomerPlatform platform)
    {
        var stands = new Dictionary<(int Lane, long Run), int>();
        var (kinds, ended) = (new Dictionary<DecisionKind, long>(), 0L);
        for (var lane = 0; lane < platform.Store.LaneCount; lane++)
        {
            var number = lane;
            platform.Store.ReadExtension(lane, record => TransitionLog.Read(record, transition =>
            {
                kinds[transition.Kind] = kinds.GetValueOrDefault(transition.Kind) + 1;
                if (!transition.IsOfMessage)
                {
                    stands[(number, transition.Run)] = transition.To;
                    ended += transition is { Kind: not DecisionKind.Trigger, To: < 0 } ? 1 : 0;
                }
            }), default);
        }

        var stats = platform.FlowStats("f");
        var counted = stats.Steps.Values.SelectMany(s => s).GroupBy(c => c.Key).ToDictionary(g => g.Key, g => g.Sum(c => c.Value));
        foreach (var (kind, count) in kinds)
        {
            Assert.That(counted.GetValueOrDefault(kind), Is.EqualTo(count), $"{kind}");
        }

        Assert.That(counted.Values.Sum(), Is.EqualTo(kinds.Values.Sum()));
        Assert.That(stats.Running, Is.EqualTo(stands.Values.Count(s => s >= 0)));
        var (graph, waiting) = (Ready(platform), stands.Values.Where(s => s >= 0).CountBy(s => s));
        Assert.That(stats.Waiting, Is.EquivalentTo(waiting.Select(w => new KeyValuePair<string, long>(graph.Step(w.Key).Id, w.Value))));
    }

    private static Klaviyo.Flows.Definitions.FlowVersion Ready(CustomerPlatform platform) =>
        ((Klaviyo.Flows.Interpreter.FlowExtension)platform.Store.Extension!).Book.Find("f")!.Latest;

    private static async Task<FlowWorld> OpenAsync(int lanes, FlowDefinition flow)
    {
        var world = await FlowWorld.OpenAsync(lanes, RandomFlows.From.ToString());
        world.Answer = message => ((message.To.Length + message.Step[0] + message.Attempt) % 4) switch
        {
            0 => ChannelResult.Failed("no"),
            1 => ChannelResult.Retry("later", TimeSpan.FromHours(5)),
            _ => ChannelResult.Delivered,
        };
        await RandomFlows.DefineOtherAsync(world);
        await world.Platform.DefineFlowAsync(flow);
        return world;
    }

    // What each got, in order.
    private static List<string> Said(FlowWorld world) =>
        [.. world.Offered.OrderBy(m => m.Profile).Select(m => $"{m.Profile} {m.To} {m.Step} {m.At} {m.Attempt} {m.Body}")];
}
