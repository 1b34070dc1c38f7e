using CsCheck;

namespace Klaviyo.Tests.Flows.Simulation;

// "A draft over any span of the store's history: who would have got what, when, why not; diff against the live version."
public sealed class BacktestTests
{
    [Test]
    public async Task ChangedDelay_IsTheSameForWhomItMakesNoDifference()
    {
        await using var world = await FlowWorld.OpenAsync();
        var start = Instant.Parse(FlowWorld.Start);
        foreach (var (who, buysAfter) in new[] { ("ada", 1), ("ben", 4), ("cleo", 20) })
        {
            await world.Platform.TrackAsync($"email:{who}@example.com", "Added to Cart", time: start);
            await world.Platform.TrackAsync($"email:{who}@example.com", "Placed Order", time: start.Plus(TimeSpan.FromDays(buysAfter)));
        }

        static FlowDefinition Cart(int days) => FlowBuilder.Named("cart").OnEvent("Added to Cart").Wait(days, DelayUnit.Days)
            .If(When.DidNot("Placed Order").SinceFlowStart(), yes => yes.As("mail").Email("Hello", "<p>Hello</p>")).Build();
        var (to, rows) = (start.Plus(TimeSpan.FromDays(30)), new List<BacktestRow>());
        await foreach (var row in world.Platform.BacktestFlowAsync(Cart(3), Cart(7), start, to))
        {
            rows.Add(row);
        }

        string Who(BacktestRow row) => world.Platform.Profile(Identifier.Of(IdentifierKind.Id, row.Decision.Profile.ToString()))!.Identifiers[0].Value;
        Assert.That(rows.Select(r => $"{r.Side} {Who(r)} {(r.Decision.At.UnixMs - start.UnixMs) / 86_400_000}"), Is.EqualTo(new[]
        {
            "OnlyDraft ben@example.com 3", "OnlyDraft cleo@example.com 3", "OnlyLive cleo@example.com 7",
        }));
        var summary = await BacktestSummary.OfAsync(rows.ToAsyncEnumerable());
        Assert.That(summary.Counts, Is.EqualTo([new BacktestCount("mail", DecisionKind.Send, SkipReason.None, 0, 2, 1)]));
        Assert.That((summary.Profiles, summary.ChangedProfiles), Is.EqualTo((2, 2)));
        var same = await BacktestSummary.OfAsync(world.Platform.BacktestFlowAsync(Cart(7), Cart(7), start, to));
        Assert.That((same.Counts.Single().Same, same.ChangedProfiles), Is.EqualTo((1, 0)));
    }

    // What is the same or the draft's is the draft's simulation; what is the same or the live flow's is that of the live flow; no row
    // stands on both sides.
    [Test]
    public void RandomFlows_RowsAreBothSimulations()
    {
        Gen.Select(RandomFlows.Flow, RandomFlows.Flow, RandomFlows.Facts).Sample(
            (draft, live, facts) => CheckAsync(draft, live, facts).GetAwaiter().GetResult(), threads: 1, iter: 60);
    }

    // The live version over the span in which it was live, in the very store in which it was.
    [TestCase(1)]
    [TestCase(3)]
    public void RandomFlows_ThatWriteNothing_SimulatedWhereTheyWereLive_DecideWhatTheyDid(int lanes)
    {
        var flows = RandomFlows.Punctual.Where(f => !f.Steps.Any(s => s is UpdateProfileStep or ListUpdateStep or TrackEventStep or SubFlowStep));
        Gen.Select(flows, RandomFlows.Facts).Sample(
            (flow, facts) =>
            {
                // Of two triggers in one millisecond a simulation does not know which fact arrived first.
                var told = flow.Triggers.Count > 1 ? facts.DistinctBy(f => (f.Profile[0], f.Time)) : facts;
                LiveAsync(flow, [.. told.OrderBy(f => f.Time)], lanes).GetAwaiter().GetResult();
            },
            threads: 1,
            iter: 100);
    }

    private static async Task CheckAsync(FlowDefinition draft, FlowDefinition live, CustomerWrite[] facts)
    {
        await using var world = await FlowWorld.OpenAsync(lanes: 2, RandomFlows.To.ToString());
        await RandomFlows.DefineOtherAsync(world);
        await world.Platform.WriteAsync(facts);
        var rows = await world.Platform.BacktestFlowAsync(draft, live, RandomFlows.From, RandomFlows.To).ToListAsync();
        Assert.That(Texts(rows.Where(r => r.Side != BacktestSide.OnlyLive).Select(r => r.Decision)), Is.EqualTo(Texts(await SimulatedAsync(world, draft))));
        Assert.That(
            Texts(rows.Where(r => r.Side != BacktestSide.OnlyDraft).Select(r => r.Decision)).Order(),
            Is.EqualTo(Texts(await SimulatedAsync(world, live)).Order()));
        var only = rows.ToLookup(r => r.Side, r => Texts([r.Decision])[0]);
        Assert.That(only[BacktestSide.OnlyDraft].Intersect(only[BacktestSide.OnlyLive]), Is.Empty);
        Assert.That(await BacktestSummary.OfAsync(world.Platform.BacktestFlowAsync(live, live, RandomFlows.From, RandomFlows.To)), Has.Property("ChangedProfiles").Zero);
    }

    private static async Task LiveAsync(FlowDefinition flow, CustomerWrite[] facts, int lanes)
    {
        await using var world = await FlowWorld.OpenAsync(lanes, RandomFlows.From.ToString());
        var heard = world.Platform.Listen().Reader;
        await world.Platform.DefineFlowAsync(flow);
        foreach (var instant in facts.GroupBy(f => f.Time!.Value))
        {
            world.Clock.SetUtcNow(instant.Key.ToDateTimeOffset());
            await world.Platform.WriteAsync([.. instant]);
            await world.Platform.RunDueAsync();
        }

        await world.AdvanceToAsync(RandomFlows.To);
        var did = new List<FlowDecision>();
        while (heard.TryRead(out var decision))
        {
            did.Add(decision);
        }

        var acted = did.Where(d => d.Kind is DecisionKind.Send or DecisionKind.Skip or DecisionKind.Update).GroupBy(d => d.Profile);
        var simulated = (await SimulatedAsync(world, flow)).GroupBy(d => d.Profile);
        Assert.That(
            simulated.OrderBy(g => g.Key.ToString(), StringComparer.Ordinal).SelectMany(Texts),
            Is.EqualTo(acted.OrderBy(g => g.Key.ToString(), StringComparer.Ordinal).SelectMany(Texts)));
    }

    private static Task<List<FlowDecision>> SimulatedAsync(FlowWorld world, FlowDefinition flow) =>
        world.Platform.SimulateFlowAsync(flow, RandomFlows.From, RandomFlows.To).ToListAsync().AsTask();

    private static List<string> Texts(IEnumerable<FlowDecision> decisions) =>
        [.. decisions.Select(d => $"{d.Profile} {d.At} {d.Step} {d.Type} {d.Decision} {d.Reason} {d.Detail}")];
}
