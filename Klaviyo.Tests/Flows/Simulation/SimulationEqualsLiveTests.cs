using CsCheck;
using Klaviyo.Json;

namespace Klaviyo.Tests.Flows.Simulation;

// "Simulation: a definition run over any span of history on a virtual clock gives the same decisions that the live engine
// would have given, sends nothing, and changes nothing." (C24)
// Live: facts arrive in order of time, turns come at random moments, some late, and the store is closed and opened again, with
// what was written since the last turn still undecided.
// Simulated: the same facts, imported into a store without flows.
public sealed class SimulationEqualsLiveTests
{
    [TestCase(1, false)]
    [TestCase(3, false)]
    [TestCase(1, true)]
    [TestCase(3, true)]
    public void RandomFlows_OverRandomFacts_DecideAlike(int lanes, bool awaiting)
    {
        Gen.Select(Flows(lanes), RandomFlows.Facts, Gen.Int[0, 3].Array[40]).Sample(
            (flow, facts, turns) =>
            {
                var ordered = Told(flow, facts);
                var stepFor = awaiting ? AwaitingSteps.For : (Func<Step, Step>?)null;
                var live = LiveAsync(flow, ordered, turns, lanes, stepFor).GetAwaiter().GetResult();
                var simulated = SimulatedAsync(flow, ordered, lanes, stepFor).GetAwaiter().GetResult();
                Assert.That(simulated, Is.EqualTo(live));
            },
            threads: 1,
            print: t => $"{FlowJson.Write(t.Item1)}\n{string.Join("\n", t.Item2.OrderBy(f => f.Time).Select(f => $"{f.Profile[0]} {f}"))}\n{string.Join(",", t.Item3)}");
    }

    // Caps count what the store says was sent; quiet hours and caps postpone or skip. Berlin sets its clocks on in the span.
    private static readonly Gen<SendPolicy> Policies = Gen.Select(
        Gen.Int[0, 3], Gen.Int[1, 2], Gen.Int[1, 30], Gen.Bool, Gen.Int[0, 23], Gen.Int[1, 12], Gen.Bool,
        (kind, count, hours, postpone, from, length, postponeQuiet) => new SendPolicy
        {
            Caps = kind is 0 or 2 ? [new FrequencyCap(postpone ? "email" : null, count, TimeSpan.FromHours(hours), postpone ? OnLimit.Postpone : OnLimit.Skip)] : [],
            QuietHours = kind is 1 or 2
                ? [new QuietHours("email", new TimeOnly(from, 30), new TimeOnly((from + length) % 24, 0), postponeQuiet ? OnLimit.Postpone : OnLimit.Skip)]
                : [],
            SmartSending = kind == 3 ? new Dictionary<string, TimeSpan> { ["email"] = TimeSpan.FromHours(hours) } : new Dictionary<string, TimeSpan>(),
        });

    [TestCase(1)]
    [TestCase(3)]
    public void RandomFlows_UnderRandomPolicies_DecideAlike(int lanes)
    {
        // A consent that is withdrawn between a late turn and its delivery takes a message back, which no simulation knows.
        var facts = RandomFlows.Facts.Select(f => f.Where(w => w is not ConsentWrite).Select((w, i) => i % 7 == 3
            ? new ProfileWrite { Profile = w.Profile, Time = w.Time, Properties = new PropertyMap { ["location"] = new PropertyMap { ["timezone"] = "Europe/Berlin" } } }
            : w).ToArray());
        Gen.Select(Flows(lanes), facts, Gen.Int[0, 3].Array[40], Policies).Sample(
            (flow, facts, turns, policy) =>
            {
                var ordered = Told(flow, facts);
                var live = LiveAsync(flow, ordered, turns, lanes, null, policy).GetAwaiter().GetResult();
                var simulated = SimulatedAsync(flow, ordered, lanes, null, policy).GetAwaiter().GetResult();
                Assert.That(simulated, Is.EqualTo(live));
            },
            threads: 1,
            print: t => $"{FlowJson.Write(t.Item1)}\n{string.Join("\n", t.Item2.OrderBy(f => f.Time).Select(f => $"{f.Profile[0]} {f}"))}\n{string.Join(",", t.Item3)}\n{string.Join(",", t.Item4.Caps)} {string.Join(",", t.Item4.QuietHours)} {string.Join(",", t.Item4.SmartSending)}");
    }

    // By what the flow itself writes and sends as well. Turns are in time: what a late run writes changes a segment when it is written.
    [TestCase(1)]
    [TestCase(3)]
    public void RandomFlows_StartedBySegments_DecideAlike(int lanes)
    {
        var flows = Gen.Select(Flows(lanes), RandomFlows.SegmentTriggers.Array[1, 2], Gen.Bool, (flow, triggers, both) =>
            flow with { Triggers = both || flow.Steps.Any(NeedsItsTrigger) ? [.. flow.Triggers, .. triggers] : ValueList.Of(triggers) });
        Gen.Select(flows, RandomFlows.Facts, Gen.Int[0, 3].Array[40], RandomFlows.Segment).Sample(
            (flow, facts, turns, segment) => DecideAlike(flow, facts, turns, SendPolicy.None, lanes, segment),
            threads: 1,
            print: t => $"{FlowJson.Write(t.Item1)}\n{string.Join("\n", t.Item2.OrderBy(f => f.Time).Select(f => $"{f.Profile[0]} {f}"))}\n{string.Join(",", t.Item3)}\n{SegmentJson.Write(t.Item4)}");
    }

    private static bool NeedsItsTrigger(Step step) =>
        step is TriggerSplitStep or DateDelayStep || (step is WaitUntilStep wait && wait.Branches.Any(b => b.SameAs is not null));

    // Some steps are behind a limit.
    internal static FlowDefinition WithLimits(FlowDefinition flow, RateLimit limit, int every)
    {
        var steps = new List<Step>();
        foreach (var step in flow.Steps)
        {
            if (steps.Count % every == 0)
            {
                steps.Add(new RateLimitStep { Id = step.Id, Limit = limit, Next = $"{step.Id}.1" });
                steps.Add(step with { Id = $"{step.Id}.1" });
            }
            else
            {
                steps.Add(step);
            }
        }

        return flow with { Steps = ValueList.Of(steps) };
    }

    internal static void DecideAlike(FlowDefinition flow, CustomerWrite[] facts, int[] turns, SendPolicy policy, int lanes = 1, SegmentDefinition? segment = null)
    {
        var ordered = Told(flow, facts);
        var live = LiveAsync(flow, ordered, turns, lanes, null, policy, segment).GetAwaiter().GetResult();
        var simulated = SimulatedAsync(flow, ordered, lanes, null, policy, segment).GetAwaiter().GetResult();
        Assert.That(simulated, Is.EqualTo(live));
    }

    // What the flow really sent is not there for its simulation, or each message would count twice.
    [Test]
    public async Task Simulate_AFlowThatRanLive_DecidesWhatItDecided()
    {
        var policy = new SendPolicy { Caps = [new FrequencyCap("email", 2, TimeSpan.FromDays(3))] };
        await using var world = await FlowWorld.OpenAsync(sending: policy);
        var flow = Some.Flow(
            "f", new MetricTrigger("A"), Some.Email("one", "d"), Some.Delay("d", "two", 1), Some.Split("two", Some.CountSinceStart("Received Email", "equals", 1), "three", null),
            Some.Email("three", "e"), Some.Delay("e", "four", 1), Some.Email("four"));
        await world.Platform.DefineFlowAsync(flow);
        await world.Platform.TrackAsync(Some.Ada, "A");
        var decisions = world.Platform.Decisions();
        for (var day = 0; day < 5; day++)
        {
            await world.AdvanceAsync(TimeSpan.FromDays(day == 0 ? 0 : 1));
        }

        var simulated = await RowsAsync(world.Platform, flow);
        await world.Platform.DisposeAsync();
        var live = new List<FlowDecision>();
        await foreach (var decision in decisions)
        {
            live.Add(decision);
        }

        await world.ReopenAsync();
        live.RemoveAll(d => d.Kind is not (DecisionKind.Send or DecisionKind.Skip));
        Assert.That(live.Select(d => (d.Step, d.Decision, d.Reason)), Is.EqualTo([("one", "send", ""), ("three", "send", ""), ("four", "skip", "frequency-cap")]));
        Assert.That(simulated, Is.EqualTo(ByPerson(world.Platform, live)));
    }

    [Test]
    public async Task Simulate_ChangesAndSendsNothing()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.TrackAsync(Some.Ada, "A");
        var flow = Some.Flow("f", new MetricTrigger("A"), Some.Set("s", "l", "p", "x"), Some.List("l", "m", "L"), Some.Email("m"));
        var before = world.Platform.Position;
        var rows = await RowsAsync(world.Platform, flow);
        await world.Platform.CommitAsync();

        Assert.That(rows, Has.Count.EqualTo(3));
        Assert.That(world.Platform.Position, Is.EqualTo(before));
        Assert.That(world.Platform.Profile(Some.Ada)!.Properties.ContainsKey("p"), Is.False);
        Assert.That(world.Offered, Is.Empty);
        Assert.That(await RowsAsync(world.Platform, flow), Is.EqualTo(rows), "a second simulation does not see the first");
    }

    [Test]
    public async Task Simulate_SpanIsInclusive_AndEarlierEventsAreHistory()
    {
        await using var world = await FlowWorld.OpenAsync();
        var start = Instant.Parse(FlowWorld.Start);
        foreach (var ms in new[] { -1L, 0, 1000, 1001 })
        {
            await world.Platform.TrackAsync(Some.Ada, "A", time: start.PlusMs(ms));
        }

        var flow = Some.Flow("f", new MetricTrigger("A"), Some.Email("m")) with { ProfileFilter = Some.CountEver("A", "greater-than", 1) };
        var rows = new List<FlowDecision>();
        await foreach (var row in world.Platform.SimulateFlowAsync(flow, start, start.PlusMs(1000)))
        {
            rows.Add(row);
        }

        Assert.That(rows.Select(r => r.At), Is.EqualTo([start, start.PlusMs(1000)]));
    }

    // Two stores give the same ids where there is one lane; with more, what is drawn by id may differ.
    private static Gen<FlowDefinition> Flows(int lanes) => lanes == 1
        ? RandomFlows.Punctual
        : RandomFlows.Punctual.Where(f => !f.Steps.Any(s => s is RandomSplitStep or RandomDelayStep or ExperimentStep));

    // Of two triggers in one millisecond a simulation does not know which fact arrived first.
    private static CustomerWrite[] Told(FlowDefinition flow, CustomerWrite[] facts)
    {
        var told = flow.Triggers.Count > 1 || flow.Triggers[0] is SegmentTrigger ? facts.DistinctBy(f => (f.Profile[0], f.Time)) : facts;
        return [.. told.OrderBy(f => f.Time)];
    }

    private static async Task<List<string>> RowsAsync(CustomerPlatform platform, FlowDefinition flow)
    {
        var rows = new List<FlowDecision>();
        await foreach (var row in platform.SimulateFlowAsync(flow, DateTimeOffset.UnixEpoch, Instant.Parse("2027-01-01")))
        {
            rows.Add(row);
        }

        return ByPerson(platform, rows);
    }

    private static async Task<List<string>> SimulatedAsync(
        FlowDefinition flow, CustomerWrite[] facts, int lanes, Func<Step, Step>? stepFor, SendPolicy? policy = null, SegmentDefinition? segment = null)
    {
        await using var world = await FlowWorld.OpenAsync(lanes, RandomFlows.To.ToString(), stepFor: stepFor, sending: policy);
        await RandomFlows.DefineSegmentsAsync(world.Platform, segment);
        await RandomFlows.DefineOtherAsync(world);
        await world.Platform.WriteAsync(facts);
        var rows = new List<FlowDecision>();
        await foreach (var row in world.Platform.SimulateFlowAsync(flow, RandomFlows.From, RandomFlows.To))
        {
            rows.Add(row);
        }

        return ByPerson(world.Platform, rows);
    }

    private static async Task<List<string>> LiveAsync(
        FlowDefinition flow, CustomerWrite[] facts, int[] turns, int lanes, Func<Step, Step>? stepFor, SendPolicy? policy = null, SegmentDefinition? segment = null)
    {
        await using var world = await FlowWorld.OpenAsync(lanes, RandomFlows.From.ToString(), stepFor: stepFor, sending: policy);
        await RandomFlows.DefineSegmentsAsync(world.Platform, segment);
        await RandomFlows.DefineOtherAsync(world);
        await world.Platform.DefineFlowAsync(flow);
        var heard = new List<FlowDecision>();
        var decisions = world.Platform.Decisions();
        var turn = 0;
        foreach (var instant in facts.GroupBy(f => f.Time!.Value))
        {
            if (policy is null)
            {
                world.Clock.SetUtcNow(instant.Key.ToDateTimeOffset());
            }
            else
            {
                // A message that goes out late is counted late, which no simulation knows.
                await world.PassToAsync(instant.Key);
            }

            await world.Platform.WriteAsync([.. instant]);
            switch (turns[turn++ % turns.Length])
            {
                case 0:
                    await world.Platform.RunDueAsync();
                    break;
                case 1:
                    await world.Platform.RunDueAsync();
                    goto case 2;
                case 2:
                    heard.AddRange(await TakeAsync(world, decisions));
                    await world.ReopenAsync();
                    decisions = world.Platform.Decisions();
                    break;
                default:
                    break;
            }
        }

        if (policy is not null)
        {
            await world.PassToAsync(RandomFlows.To);
        }

        await world.AdvanceToAsync(RandomFlows.To);
        heard.AddRange(await TakeAsync(world, decisions));
        var rows = heard.Where(d => d.Kind is DecisionKind.Send or DecisionKind.Skip or DecisionKind.Update or DecisionKind.Park).ToList();
        await world.ReopenAsync();
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
        var history = await world.Platform.DecisionHistoryAsync(new DecisionQuery()).ToListAsync();
        Assert.That(ByRun(history), Is.EqualTo(ByRun(heard)), "what is read back is what was told");
        return ByPerson(world.Platform, rows);
    }

    private static async Task<List<FlowDecision>> TakeAsync(FlowWorld world, IAsyncEnumerable<FlowDecision> decisions)
    {
        await world.Platform.DisposeAsync();
        var heard = new List<FlowDecision>();
        await foreach (var decision in decisions)
        {
            heard.Add(decision);
        }

        return heard;
    }

    // What begins to wait for an instant while the flow is defined, or the store opened, nobody has heard. Whom a profile was merged into by
    // now is not what was told then.
    private static List<FlowDecision> ByRun(List<FlowDecision> decisions) =>
        [.. decisions.Where(d => d.Kind != DecisionKind.Trigger).OrderBy(d => d.Run.Value).Select(d => d with { Profile = default })];

    // Profiles do not see each other, so the order is only told within each.
    private static List<string> ByPerson(CustomerPlatform platform, List<FlowDecision> rows)
    {
        return [.. rows
            .GroupBy(r => platform.Profile(Identifier.Of(IdentifierKind.Id, r.Profile.ToString()))!.Identifiers[0].ToString())
            .OrderBy(g => g.Key, StringComparer.Ordinal)
            .SelectMany(g => g.Select(r => $"{g.Key} {r.At} {r.Step} {r.Type} {r.Decision} {r.Reason} {r.Detail}"))];
    }
}
