using Klaviyo.Flows.Interpreter;
using Klaviyo.Json;

namespace Klaviyo.Tests.Flows.Definitions;

// What a definition names that is not there, and more than a run can count.
public sealed class FlowReferenceTests
{
    private static readonly FlowDefinition Flow = Some.Flow("f", new MetricTrigger("A"), Some.Email("m")) with
    {
        Triggers = [new MetricTrigger("A"), new SegmentTrigger("vip")],
    };

    [Test]
    public async Task TriggerOfASegmentThatIsNotThere_IsRefusedWithItsPlace_AndTakenWhenItIs()
    {
        await using var world = await FlowWorld.OpenAsync();
        foreach (var define in new Func<ValueTask>[]
        {
            async () => await world.Platform.DefineFlowAsync(Flow),
            async () => await world.Platform.DefineFlowAsync($$"""{"name": "f", "definition": {{FlowJson.Write(Flow)}}}"""),
            async () =>
            {
                await foreach (var _ in world.Platform.SimulateFlowAsync(Flow, DateTimeOffset.UnixEpoch, world.Clock.GetUtcNow()))
                {
                }
            },
        })
        {
            var refused = (await Assert.ThrowsAsync<DefinitionException>(async () => await define()))!;
            Assert.That((refused.Path, refused.Reason), Is.EqualTo(("$.triggers[1].id", "there is no segment 'vip'; define it first")));
        }

        Assert.That(world.Platform.Flows, Is.Empty);
        await world.Platform.DefineSegmentAsync("vip", new SegmentDefinition(Some.PropertyIs("p", "v")));
        await world.Platform.DefineFlowAsync(Flow);
        await world.Platform.ArchiveFlowAsync("f");
        await world.Platform.RemoveSegmentAsync("vip");
        await world.ReopenAsync();
        Assert.That(async () => await world.Platform.RestoreFlowAsync("f"), Throws.TypeOf<DefinitionException>().With.Message.Contains("'vip'"));
        await world.Platform.DefineSegmentAsync("vip", new SegmentDefinition(Some.PropertyIs("p", "v")));
        await world.Platform.RestoreFlowAsync("f");
        Assert.That(world.Platform.Flows.Single().Name, Is.EqualTo("f"));
    }

    // As of a segment: nothing is refused because it may be still to come.
    [Test]
    public async Task NamesThatTheStoreDoesNotKnow_AreTold()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.TrackAsync(Some.Ada, "Placed Order");
        var flow = Some.Flow("f", new MetricTrigger("Placd Order"), Some.Split("s", Some.Condition(CountOf("Canceled Order")), "m", null), Some.Email("m")) with
        {
            Triggers = [new MetricTrigger("Placd Order"), new ListTrigger("news"), new ApiTrigger()],
        };
        string[] expected =
        [
            "unknown metric \"Canceled Order\"",
            "unknown metric \"Placd Order\"; did you mean \"Placed Order\"?",
            "unknown list or segment \"news\"",
        ];
        Assert.That(world.Platform.CheckFlow(flow).Select(w => w.ToString()), Is.EqualTo(expected));
        Assert.That((await world.Platform.DefineFlowAsync(flow)).Select(w => w.ToString()), Is.EqualTo(expected));
        Assert.That((await world.Platform.DefineFlowAsync(flow)).Select(w => w.ToString()), Is.EqualTo(expected), "what is there already");
        Assert.That(world.Platform.Flows, Has.Count.EqualTo(1));
    }

    [Test]
    public async Task NamesThatTheStoreWritesItself_AreKnown()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(
            Some.Flow("g", new ApiTrigger(), new TrackEventStep { Id = "t", Metric = "Lapsed" }));
        var flow = Some.Flow(
            "f", new MetricTrigger("Lapsed"), Some.Split("s", Some.Condition(CountOf("Bounced Email")), "u", null),
            Some.Split("u", Some.Condition(CountOf("Mine")), "t", null), new TrackEventStep { Id = "t", Metric = "Mine" }) with
        {
            ProfileFilter = Some.Condition(CountOf("Received SMS")),
        };
        Assert.That(await world.Platform.DefineFlowAsync(flow), Is.Empty);
    }

    [Test]
    public async Task SubFlowOfAFlowThatNobodyCanStart_IsRefusedWithItsPlace_AndTakenWhenItCanBe()
    {
        await using var world = await FlowWorld.OpenAsync();
        var parent = Some.Flow("parent", new MetricTrigger("A"), Some.Delay("d", "s", 1), SubFlow("child"));
        var child = Some.Flow("child", new MetricTrigger("B"), Some.Email("m"));
        async Task AssertRefusedAsync(FlowDefinition flow, string reason)
        {
            foreach (var define in new Func<ValueTask>[]
            {
                async () => await world.Platform.DefineFlowAsync(flow),
                async () => await world.Platform.DefineFlowAsync($$"""{"name": "{{flow.Name}}", "definition": {{FlowJson.Write(flow)}}}"""),
                async () => _ = await world.Platform.SimulateFlowAsync(flow, DateTimeOffset.UnixEpoch, world.Clock.GetUtcNow()).CountAsync(),
            })
            {
                var refused = (await Assert.ThrowsAsync<DefinitionException>(async () => await define()))!;
                Assert.That((refused.Path, refused.Reason), Is.EqualTo(($"$.actions[{flow.Steps.Count - 1}].data.flow_id", reason)));
            }
        }

        await AssertRefusedAsync(parent, "there is no flow 'child'; define it first");
        await world.Platform.DefineFlowAsync(child);
        await AssertRefusedAsync(parent, "the flow 'child' has no trigger of type 'api'");
        await world.Platform.DefineFlowAsync(child with { Triggers = [new MetricTrigger("B"), new ApiTrigger()] });
        await world.Platform.DefineFlowAsync(parent);

        // It is being defined, so it is there; but it too is started by an api trigger only.
        await AssertRefusedAsync(Some.Flow("self", new MetricTrigger("A"), SubFlow("self")), "the flow 'self' has no trigger of type 'api'");
        await world.Platform.DefineFlowAsync(Some.Flow("self", new ApiTrigger(), Some.Delay("d", "s", 1), SubFlow("self")));
    }

    // The store opens whatever became of the flow that another one starts; who defines that one again is told.
    [Test]
    public async Task SubFlowOfAFlowThatWasDeleted_OpensAndIsRestored_AndIsRefusedWhenItIsDefinedAgain()
    {
        await using var world = await FlowWorld.OpenAsync();
        var parent = Some.Flow("parent", new MetricTrigger("A"), SubFlow("child"));
        await world.Platform.DefineFlowAsync(Some.Flow("child", new ApiTrigger(), Some.Email("m")));
        await world.Platform.ArchiveFlowAsync("child");
        await world.Platform.DefineFlowAsync(parent);
        await world.Platform.DeleteFlowAsync("child");
        await world.ReopenAsync();
        Assert.That(world.Platform.Flows.Single().Fault, Is.Null);

        await world.Platform.ArchiveFlowAsync("parent");
        await world.Platform.RestoreFlowAsync("parent");
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.FlowStats("parent").Entered, Is.EqualTo(1));
        var refused = (await Assert.ThrowsAsync<DefinitionException>(async () => await world.Platform.DefineFlowAsync(parent)))!;
        Assert.That(refused.Message, Does.Contain("there is no flow 'child'"));
    }

    private static SubFlowStep SubFlow(string flow) => new() { Id = "s", Status = StepStatus.Live, Flow = flow };

    // A trigger, a condition of the flow, of a step, and a schedule; and a version that runs under way keep.
    [Test]
    public async Task RemoveSegment_IsRefused_WhileALiveFlowOrARunNamesIt_AndSaysWhich()
    {
        await using var world = await FlowWorld.OpenAsync(lanes: 2);
        var vip = Some.Condition("""{"type":"profile-group-membership","is_member":true,"group_ids":["vip"]}""");
        await world.Platform.DefineSegmentAsync("vip", new SegmentDefinition(Some.PropertyIs("p", "v")));
        await world.Platform.DefineSegmentAsync("outer", new SegmentDefinition(vip));
        FlowDefinition[] flows =
        [
            Some.Flow("trigger", new SegmentTrigger("vip") { OnExit = true }, Some.Email("m")),
            Some.Flow("schedule", new ScheduleTrigger("0 9 * * *") { Group = "vip" }, Some.Email("m")),
            Some.Flow("filter", new MetricTrigger("A"), Some.Email("m")) with { ProfileFilter = vip },
            Some.Flow("step", new MetricTrigger("A"), Some.Delay("d", "m", 1), Some.Email("m") with { AdditionalFilter = vip }),
        ];
        foreach (var flow in flows)
        {
            await world.Platform.DefineFlowAsync(flow);
        }

        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        var refused = (await Assert.ThrowsAsync<SegmentInUseException>(async () => await world.Platform.RemoveSegmentAsync("vip")))!;
        Assert.That((refused.Segment, refused.Segments), Is.EqualTo(("vip", new[] { "outer" })).Using<(string, IReadOnlyList<string>)>((a, b) => a.Item1 == b.Item1 && a.Item2.SequenceEqual(b.Item2)));
        Assert.That(refused.Flows, Is.EqualTo(["filter", "schedule", "step", "trigger"]));
        Assert.That(refused.Message, Does.Contain("the flow 'trigger' names it"));
        Assert.That(world.Platform.Segment("vip"), Is.Not.Null);

        await world.Platform.RemoveSegmentAsync("outer");
        await world.Platform.DeleteFlowAsync("trigger");
        await world.Platform.DefineFlowAsync(Some.Flow("schedule", new ScheduleTrigger("0 9 * * *"), Some.Email("m")));
        await world.Platform.DefineFlowAsync(flows[2] with { ProfileFilter = null });
        await world.Platform.ArchiveFlowAsync("step");
        await world.ReopenAsync();
        refused = (await Assert.ThrowsAsync<SegmentInUseException>(async () => await world.Platform.RemoveSegmentAsync("vip")))!;
        Assert.That(refused.Flows, Is.EqualTo(["step"]), "a run is under way that will ask");
        await world.AdvanceAsync(TimeSpan.FromDays(1));
        await world.Platform.RemoveSegmentAsync("vip");
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // "A segment is a pure function": a new definition starts nobody by itself; who waits is asked again as soon as its members are known.
    [Test]
    public async Task RedefineSegment_StartsNobody_WakesWhoWaits_AndHoldsFromThenOn()
    {
        await using var world = await FlowWorld.OpenAsync();
        var vip = Some.Condition("""{"type":"profile-group-membership","is_member":true,"group_ids":["vip"]}""");
        await world.Platform.DefineSegmentAsync("vip", new SegmentDefinition(Some.PropertyIs("p", "v")));
        await world.Platform.RunDueAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("enters", new SegmentTrigger("vip"), Some.Email("in")));
        var wait = new WaitUntilStep { Id = "w", Branches = [new("b", "out") { Filter = vip }] };
        await world.Platform.DefineFlowAsync(Some.Flow("waits", new MetricTrigger("A"), wait, Some.Email("out")));
        await world.Platform.IdentifyAsync([Some.Ada], new PropertyMap { ["q"] = "v" });
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.That(world.Offered, Is.Empty);

        world.Clock.Advance(TimeSpan.FromHours(1));
        var redefined = world.Clock.GetUtcNow();
        await world.Platform.DefineSegmentAsync("vip", new SegmentDefinition(Some.PropertyIs("q", "v")));
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => (m.Step, m.At)), Is.EqualTo([("out", (Instant)redefined)]));
        await world.Platform.IdentifyAsync(["email:bob@example.com"], new PropertyMap { ["q"] = "v" });
        await world.Platform.IdentifyAsync(["email:eve@example.com"], new PropertyMap { ["p"] = "v" });
        await world.AdvanceAsync(TimeSpan.FromHours(1));
        Assert.That(world.Offered.Skip(1).Select(m => (m.Step, m.To)), Is.EqualTo([("in", "bob@example.com")]));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [TestCase(0, true)]
    [TestCase(1, false)]
    public void MoreActionsThanARunCanCount_AreRefused(int more, bool isTaken)
    {
        var steps = Enumerable.Range(0, Run.StepMax + more).Select(i => (Step)new JoinStep { Id = $"{i}", Next = i + 1 < Run.StepMax + more ? $"{i + 1}" : null }).ToArray();
        var flow = Some.Flow("f", new MetricTrigger("A"), steps);
        void Check() => Klaviyo.Flows.Definitions.FlowGraph.Of(flow);
        Assert.That(Check, isTaken
            ? Throws.Nothing
            : Throws.TypeOf<DefinitionException>().With.Property("Path").EqualTo("$.actions").And.Message.Contains("at most 32766 actions"));
    }

    private static string CountOf(string metric) =>
        $$$"""{"type":"profile-metric","metric_id":"{{{metric}}}","measurement":"count","measurement_filter":{"type":"numeric","operator":"greater-than","value":0},"timeframe_filter":{"type":"date","operator":"alltime"}}""";
}
