using Klaviyo.Channels;
using Klaviyo.Json;

namespace Klaviyo.Tests.Flows;

// "Poison: a step throws, loops for ever, allocates without bound, a regular expression explodes; 10,000 such runs: others are not
// affected, the sick ones are parked or skipped with the reason." (C18; occurrent #998: stuck timers filled every batch; DBOS dead letter)
public sealed class PoisonTests
{
    private const int Many = 10_000;
    private const string Backtracking = "^(a+)+$";

    [Test]
    public async Task C18_Occurrent998_TenThousandStepsThrow_AreParked_AndOthersGoOn()
    {
        await using var world = await FlowWorld.OpenAsync(stepFor: step =>
            step is ConditionalSplitStep split ? new AwaitingSteps.FailingStep(() => true) { Id = split.Id, Next = split.NextIfTrue } : step);
        await world.Platform.DefineFlowAsync(Some.Flow("sick", new MetricTrigger("A"), Some.Split("x", Some.PropertyIs("p", "v"), "m", null), Some.Email("m")));
        var stats = await RunAsync(world, Many, Many);
        Assert.That((stats.Parked, stats.Running, stats.Sends), Is.EqualTo((Many, Many, 0)));
        Assert.That(world.Platform.ParkedRuns("sick").Select(r => r.Reason).Distinct(), Is.EqualTo(["InvalidOperationException: Out of order."]));
        await JudgeAsync(world, Many);
    }

    [Test]
    public async Task C18_Dbos_TenThousandFunctionsOfTheHostThrow_AreDeadLetters_AndOthersGoOn()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("sick", new MetricTrigger("A"),
            Some.Webhook("x", "m") with { Delivery = new DeliveryPolicy { Retry = new RetryPolicy { AttemptsMax = 1 }, OnError = ErrorPolicy.Park } }, Some.Email("m")));
        world.Answer = m => m.Channel == "webhook" ? throw new InvalidOperationException("Out of order.") : ChannelResult.Delivered;
        var stats = await RunAsync(world, Many, Many);
        Assert.That((stats.Parked, stats.DeadLetters, stats.Delivered), Is.EqualTo((Many, Many, 0)));
        Assert.That(world.Platform.DeadLetters("sick").Select(l => l.Reason).Distinct(), Is.EqualTo(["InvalidOperationException: Out of order."]));
        Assert.That(world.Platform.ParkedRuns("sick").Select(r => r.Reason).Distinct(), Is.EqualTo(["The message was not delivered."]));
        await JudgeAsync(world, Many);
    }

    // Each of these turns would take a million steps, without an end in sight for anybody who waits.
    [Test]
    public async Task C18_RunsThatGoRoundAndRound_AreParkedAtTheBound_AndOthersGoOn()
    {
        const int Sick = 200;
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow(
            "sick", new MetricTrigger("A"),
            new JoinStep { Id = "in", Next = "inner" },
            new GotoStep { Id = "inner", Target = "in", Times = 1000, Next = "outer" },
            new GotoStep { Id = "outer", Target = "in", Times = 1000, Next = "m" },
            Some.Email("m")));
        var stats = await RunAsync(world, Sick, Many);
        Assert.That((stats.Parked, stats.Sends), Is.EqualTo((Sick, 0)));
        Assert.That(world.Platform.ParkedRuns("sick")[0].Reason, Does.Contain("10000 steps at one instant"));
        await JudgeAsync(world, Many);
    }

    [TestCase("{% for a in (1..1000) %}{% for b in (1..1000) %}{% for c in (1..1000) %}{% endfor %}{% endfor %}{% endfor %}", 20)]
    [TestCase("{% assign x = 'ab' %}{% for a in (1..64) %}{% assign x = x | append: x %}{% endfor %}{{ x }}", 500)]
    [TestCase("{% for a in (1..100000) %}{{ person.long }}{% endfor %}", 100)]
    public async Task C18_TemplatesWithoutEnd_AreParkedWithTheReason_AndOthersGoOn(string body, int sick)
    {
        await using var world = await FlowWorld.OpenAsync();
        var flow = Some.Flow("sick", new MetricTrigger("A"), Some.Email("m", null, body));
        await world.Platform.DefineFlowAsync(flow);
        var stats = await RunAsync(world, sick, Many);
        Assert.That((stats.Parked, stats.Sends, stats.Skips.Count), Is.EqualTo((sick, 0, 0)));
        Assert.That(world.Platform.ParkedRuns("sick")[0].Reason, Does.Contain("line 1").And.Contain("more than 2,000,000 steps").Or.Contain("longer than"));
        Assert.That(world.Platform.PreviewMessage(flow, "m", Identifier.Parse("email:0@example.com"))!.Error, Does.Contain("line 1"));
        var simulated = new List<DecisionKind>();
        await foreach (var decision in world.Platform.SimulateFlowAsync(flow, DateTimeOffset.UnixEpoch, world.Clock.GetUtcNow()))
        {
            simulated.Add(decision.Kind);
        }

        Assert.That(simulated, Is.EqualTo(Enumerable.Repeat(DecisionKind.Park, sick)));
        await JudgeAsync(world, Many);
    }

    // On an engine that backtracks each of these takes longer than the sun will shine.
    [Test]
    public async Task C18_ExpressionsThatExplodeElsewhere_AreDecided_AndOthersGoOn()
    {
        await using var world = await FlowWorld.OpenAsync();
        var explodes = Some.Condition(
            $$$"""{"type":"profile-property","property":"long","filter":{"type":"string","operator":"regex","value":"{{{Backtracking}}}"}}""");
        await world.Platform.DefineFlowAsync(Some.Flow("sick", new MetricTrigger("A"), Some.Split("x", explodes, "m", null), Some.Email("m")));
        var stats = await RunAsync(world, Many, Many);
        Assert.That((stats.Entered, stats.Sends, stats.Parked, stats.Running), Is.EqualTo((Many, 0, 0, 0)));
        await JudgeAsync(world, Many);
    }

    [TestCase("(a)\\\\1")]
    [TestCase("(?<=a)b")]
    public void C18_AnExpressionThatOnlyBacktrackingMatches_IsRefusedWithItsPlace(string pattern)
    {
        Assert.That(() => Some.Condition(
            $$$"""{"type":"profile-property","property":"long","filter":{"type":"string","operator":"regex","value":"{{{pattern}}}"}}"""),
            Throws.TypeOf<DefinitionException>().With.Message.Contains("filter"));
    }

    // A transition is one record of the log, with all that the run keeps; the pages of this log are small.
    [TestCase(5)]
    [TestCase(1)]
    public async Task C18_VariablesLongerThanARecord_AreParked_AndOthersGoOn(int times)
    {
        const int Items = 13;
        await using var world = await FlowWorld.OpenAsync();
        var variables = string.Join(',', Enumerable.Range(0, times).Select(i => $$$"""{"name":"p{{{i}}}","from":{"event":"Items"}}"""));
        var flow = FlowJson.Parse(
            $$$"""
            {"definition":{"triggers":[{"type":"metric","id":"A"}],"profile_filter":null,"actions":[
              {"temporary_id":"x","type":"set-variable","links":{"next":null},"data":{"variables":[{{{variables}}}]}}
            ],"entry_action_id":"x"},"name":"sick"}
            """);
        await world.Platform.DefineFlowAsync(flow);
        await world.Platform.DefineFlowAsync(Some.Flow("well", new MetricTrigger("B"), Some.Email("m")));
        var items = Enumerable.Range(0, Items).Select(i => (PropertyValue)new string(times == 1 ? '\u0001' : 'y', 4000)).ToArray();
        await world.Platform.TrackAsync(Some.Ada, "A", properties: new PropertyMap { ["Items"] = items });
        await world.Platform.TrackAsync("email:bob@example.com", "B");
        await world.Platform.RunDueAsync();

        await ExpectParkedAsync();
        await world.ReopenAsync();
        await ExpectParkedAsync();

        async Task ExpectParkedAsync()
        {
            var parked = world.Platform.ParkedRuns("sick").Single();
            Assert.That(parked.Reason, Does.Contain("variables of at most 31 KiB").And.Contain("'p0'"));
            Assert.That(world.Offered, Has.Count.EqualTo(1));
            Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
        }
    }

    // What a flow writes keeps to the limits of what a host writes.
    [Test]
    public async Task C18_WritesLargerThanAHostsMayBe_AreParked_AndOthersGoOn()
    {
        await using var world = await FlowWorld.OpenAsync();
        var many = Enumerable.Range(0, 500).Select(i => new Assignment($"p{i}", ValueSource.Given(i)));
        await world.Platform.DefineFlowAsync(Some.Flow(
            "sick", new MetricTrigger("A"), new TrackEventStep { Id = "x", Status = StepStatus.Live, Metric = "B", Properties = ValueList.Of(many), Next = "m" }, Some.Email("m")));
        await world.Platform.DefineFlowAsync(Some.Flow("well", new MetricTrigger("A"), Some.Email("m")));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();

        Assert.That(world.Platform.ParkedRuns("sick").Single().Reason, Does.Contain("refused: properties. At most 400 properties"));
        Assert.That(world.Offered, Has.Count.EqualTo(1));
        Assert.That(world.Platform.Profile(Identifier.Parse(Some.Ada))!.Metrics.Keys, Has.None.EqualTo("B"));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task C18_AnAnswerOfMegabytes_IsKeptInBrief([Values] bool isBounce)
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("sick", new MetricTrigger("A"), Some.Email("m")));
        var answer = new string('x', 1998) + string.Concat(Enumerable.Repeat("😀", 3_000_000)) + "\ud83d";
        world.Answer = _ => isBounce ? ChannelResult.Bounced(answer) : ChannelResult.Failed(answer);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();

        var stats = world.Platform.FlowStats("sick");
        Assert.That((stats.Failed, stats.DeadLetters), Is.EqualTo(isBounce ? (1, 0) : (0, 1)));
        Assert.That(world.Platform.DeadLetters().Select(l => l.Reason.Length), Has.All.LessThan(3000));
        await world.ReopenAsync();
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // Flows that start on each other's messages: without a bound one turn would never end.
    [Test]
    public async Task FlowsThatAnswerEachOther_EndAtTheBound_ParkedWithTheReason()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")) with { Triggers = [new MetricTrigger("A"), new MetricTrigger("Received Email")] });
        await world.Platform.DefineFlowAsync(Some.Flow("g", new MetricTrigger("Received Email"), Some.Email("m")));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered, Has.Count.EqualTo(17), "the first, and sixteen that follow from it");
        var parked = world.Platform.ParkedRuns("g").Single();
        Assert.That((parked.Step, parked.Reason), Is.EqualTo(("m", "Flows start one another: more than 16 runs in a row, each within an hour of the one before.")));

        await world.ReopenAsync();
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
        await world.Platform.ReleaseRunAsync(parked.Id);
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered, Has.Count.EqualTo(34), "somebody has looked at it: it begins anew");
    }

    [TestCase("track")]
    [TestCase("list")]
    [TestCase("property")]
    [TestCase("segment")]
    [TestCase("sub-flow")]
    public async Task FlowsThatStartEachOther_ByWhatTheyWrite_EndAtTheBound(string way)
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineSegmentAsync("on", new SegmentDefinition(Some.PropertyIs("p", "on")));
        await world.Platform.DefineSegmentAsync("off", new SegmentDefinition(Some.PropertyIs("p", "off")));
        await world.Platform.RunDueAsync();
        FlowTrigger Trigger(bool on) => way switch
        {
            "track" => new MetricTrigger(on ? "On" : "Off"),
            "list" => new ListTrigger(on ? "On" : "Off"),
            "property" => new PropertyChangedTrigger("p") { To = new StringFilter(StringOperator.EqualTo, on ? "on" : "off") },
            "segment" => new SegmentTrigger(on ? "on" : "off"),
            _ => new ApiTrigger(),
        };
        Step[] Write(bool on) => way switch
        {
            "track" => [new TrackEventStep { Id = "x", Status = StepStatus.Live, Metric = on ? "On" : "Off" }],
            "list" => [Some.List("y", "x", on ? "Off" : "On", member: false), Some.List("x", null, on ? "On" : "Off")],
            "sub-flow" => [new SubFlowStep { Id = "x", Status = StepStatus.Live, Flow = on ? "f" : "g" }],
            _ => [Some.Set("x", null, "p", on ? "on" : "off")],
        };

        // A minute passes in each, so it is not the rule for one millisecond that ends it.
        FlowDefinition Flow(string name, bool on)
        {
            var flow = Some.Flow(name, Trigger(on), [Some.Delay("d", Write(!on)[0].Id, 1, DelayUnit.Minutes), .. Write(!on)]);
            return flow with { Reentry = ReentryCriteria.Always };
        }

        // Who starts another flow is defined after it.
        await world.Platform.DefineFlowAsync(Some.Flow("g", Trigger(false), Some.Email("m")));
        await world.Platform.DefineFlowAsync(Flow("f", on: true));
        await world.Platform.DefineFlowAsync(Flow("g", on: false));
        await (way switch
        {
            "track" => world.Platform.TrackAsync(Some.Ada, "On").AsTask(),
            "list" => world.Platform.WriteAsync(new ListWrite { Profile = [Some.Ada], List = "On", Member = true }).AsTask(),
            "sub-flow" => world.Platform.StartFlowAsync("f", Identifier.Parse(Some.Ada)).AsTask(),
            _ => world.Platform.IdentifyAsync([Some.Ada], new PropertyMap { ["p"] = "on" }).AsTask(),
        });
        for (var minute = 0; minute < 60; minute++)
        {
            await world.AdvanceAsync(TimeSpan.FromMinutes(1));
            if (minute == 8)
            {
                await world.ReopenAsync();
            }
        }

        var (f, g) = (world.Platform.FlowStats("f"), world.Platform.FlowStats("g"));
        Assert.That((f.Entered + g.Entered, f.Parked + g.Parked), Is.EqualTo((18, 1)), way);
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // A circle that takes its time is meant.
    [Test]
    public async Task AFlowThatStartsItselfEveryHour_GoesOn()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"),
            Some.Delay("d", "x", 1, DelayUnit.Hours), new TrackEventStep { Id = "x", Status = StepStatus.Live, Metric = "A" }));
        await world.Platform.TrackAsync(Some.Ada, "A");
        for (var hour = 0; hour < 100; hour++)
        {
            await world.AdvanceAsync(TimeSpan.FromHours(1));
        }

        Assert.That((world.Platform.FlowStats("f").Entered, world.Platform.FlowStats("f").Parked), Is.EqualTo((101, 0)));
    }

    private static async Task<FlowStats> RunAsync(FlowWorld world, int sick, int well)
    {
        await world.Platform.DefineFlowAsync(Some.Flow("well", new MetricTrigger("B"), Some.Email("m")));
        var text = new string('a', 2000) + "!";
        CustomerWrite[] writes =
        [
            .. Enumerable.Range(0, sick).Select(i => new ProfileWrite { Profile = [$"email:{i}@example.com"], Properties = new PropertyMap { ["long"] = text } }),
            .. Enumerable.Range(0, sick).Select(i => new CustomerEvent { Profile = [$"email:{i}@example.com"], Metric = "A" }),
            .. Enumerable.Range(0, well).Select(i => new CustomerEvent { Profile = [$"email:{i}@example.com"], Metric = "B" }),
        ];
        foreach (var part in writes.Chunk(1000))
        {
            await world.Platform.WriteAsync(part);
        }

        await world.Platform.RunDueAsync();
        return world.Platform.FlowStats("sick");
    }

    // All others have got theirs in the same turn, and what is sick costs nothing any more.
    private static async Task JudgeAsync(FlowWorld world, int well)
    {
        var stats = world.Platform.FlowStats("well");
        Assert.That((stats.Delivered, stats.Running, stats.Parked), Is.EqualTo((well, 0, 0)));
        var progress = await world.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.That((progress.Transitions, progress.NextWake), Is.EqualTo((0, (Instant?)null)));
        await world.ReopenAsync();
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }
}
