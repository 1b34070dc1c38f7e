using Klaviyo.Json;
using Klaviyo.Tests.Flows;

namespace Klaviyo.Tests.House;

// Every example of docs/flows.md is a definition that comes back as it was, is defined, run and simulated; every type of trigger
// and action has an example.
public sealed class FlowDocsTests
{
    private static readonly DocPage Page = new("flows.md");

    private static IEnumerable<string> Flows => Page.Blocks("json")
        .Concat(Page.Blocks("json trigger").Select(t => Flow(t, "")))
        .Concat(Page.Blocks("json action").Select(a => Flow(a.Contains("target-date", StringComparison.Ordinal) || a.Contains("countdown", StringComparison.Ordinal)
            ? Page.Blocks("json trigger").First(t => t.Contains("birthday", StringComparison.Ordinal))
            : """{"type": "metric", "id": "Added to Cart"}""", a)));

    [Test]
    public async Task EveryExample_IsWrittenAsItWas_RunsAndIsSimulated()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineSegmentAsync("buyers", new SegmentDefinition(When.Did("Placed Order").InTheLast(1, TimeUnit.Day)));
        var count = 0;
        foreach (var text in Flows)
        {
            var flow = FlowJson.Parse(text, $"flow {++count}");
            Assert.That(FlowJson.Write(flow), Is.EqualTo(text));
            Assert.That(FlowJson.Parse(FlowJson.Write(flow with { Source = null }), flow.Name), Is.EqualTo(flow), text);
            await world.Platform.DefineFlowAsync(flow);
        }

        Assert.That(count, Is.GreaterThan(35));
        await world.Platform.IdentifyAsync([Some.Ada], new PropertyMap { ["birthday"] = "2000-03-10", ["plan"] = "free" });
        await world.Platform.WriteAsync(new ListWrite { Profile = [Some.Ada], List = "newsletter" });
        await world.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.Platform.IdentifyAsync([Some.Ada], new PropertyMap { ["plan"] = "gold" });
        await world.Platform.TrackAsync(Some.Ada, "Added to Cart", 120, new PropertyMap { ["Brand"] = "Acme", ["cart_id"] = "1" });
        await world.AdvanceAsync(TimeSpan.FromMinutes(1));
        await world.Platform.TrackAsync(Some.Ada, "Placed Order");
        await world.AdvanceAsync(TimeSpan.FromDays(30));
        // Nobody is on the list 'vip', has a contract, or was sent by the host.
        var idle = world.Platform.Flows.Where(f => world.Platform.FlowStats(f.Name).Entered == 0).Select(f => FlowJson.Write(f.Definition!));
        Assert.That(idle.Select(json => json[..80]), Has.Exactly(3).Items);
        foreach (var flow in world.Platform.Flows)
        {
            await foreach (var decision in world.Platform.SimulateFlowAsync(flow.Definition!, DateTimeOffset.UnixEpoch, world.Clock.GetUtcNow()))
            {
                Assert.That(decision.Flow, Is.EqualTo(flow.Name));
            }
        }
    }

    [TestCase("""{"triggers":[{"type":"?"}],"actions":[],"entry_action_id":null}""", "json trigger", 7)]
    [TestCase("""{"triggers":[],"actions":[{"id":"a","type":"?"}],"entry_action_id":"a"}""", "json action", 30)]
    public void EveryType_HasAnExample(string unknown, string language, int atLeast)
    {
        var refused = Assert.Throws<DefinitionException>(() => FlowJson.Parse(unknown, "f"))!;
        var types = refused.Reason.Split(": ")[1].Replace("; ours", ", ", StringComparison.Ordinal).Split(", ", StringSplitOptions.RemoveEmptyEntries)
            .Concat(refused.Reason.Split(": ").Skip(2).SelectMany(r => r.Split(", "))).ToList();
        var examples = string.Concat(Page.Blocks(language).Concat(Page.Blocks("json")));
        Assert.That(types, Has.Count.AtLeast(atLeast));
        Assert.That(types.Where(t => !examples.Contains($"\"type\": \"{t}\"", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public async Task TheFlowsInCSharp_SayTheSame()
    {
        var cart = FlowBuilder.Named("abandoned cart")
            .OnEvent("Added to Cart")
            .Only(When.DidNot("Placed Order").SinceFlowStart())
            .Wait(7, DelayUnit.Days)
            .If(When.Property("location['city']").Is("New York")
                    & When.Did("Placed Order").Sum().MoreThan(1000).During(new CalendarUnitDateFilter(isLast: true, TimeUnit.Month)),
                yes => yes.Sms("Your cart waits for you."),
                no => no.Email("Your cart", "<p>It waits for you.</p>"))
            .Reenter(new ReentryCriteria(1, ReentryUnit.Week))
            .Build();
        var read = FlowJson.Parse(Page.Blocks("json").First(), "abandoned cart");
        Assert.That(cart.Triggers, Is.EqualTo(read.Triggers));
        Assert.That(cart.Reentry, Is.EqualTo(read.Reentry));
        Assert.That(cart.Steps.Select(s => s.Type), Is.EqualTo(read.Steps.Select(s => s.Type)));
        Assert.That(((ConditionalSplitStep)cart.Steps[1]).Filter, Is.EqualTo(((ConditionalSplitStep)read.Steps[1]).Filter));
        Assert.That(FlowJson.Parse(FlowJson.Write(cart), cart.Name), Is.EqualTo(cart));

        var steered = FlowBuilder.Named("steered")
            .OnEvent("Added to Cart")
            .Remember("brand", ValueSource.Event("Brand"))
            .As("ask").Sms("Still interested?")
            .WaitFor("Placed Order", TimeSpan.FromDays(1),
                happened => happened.GoTo("thanks"))
            .Repeat("ask", times: 2)
            .Split(("a", 1, a => a.Email("Last call", "<p>Now or never.</p>")), ("b", 1, b => b.End()))
            .As("bought").Goal(When.Did("Placed Order").SinceFlowStart(), GoalOtherwise.Exit)
            .As("thanks").Sms("Thank you!")
            .Build();
        Assert.That(FlowJson.Parse(FlowJson.Write(steered), steered.Name), Is.EqualTo(steered));
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(steered);
        await world.Platform.DefineFlowAsync(cart);
        await SeeAsync(world, cart, steered);
    }

    private static async Task SeeAsync(FlowWorld world, FlowDefinition cart, FlowDefinition steered)
    {
        var platform = world.Platform;
        await platform.TrackAsync("email:ada@example.com", "Added to Cart");
        await world.AdvanceAsync(TimeSpan.FromDays(7));

        var run = (await platform.TraceRunsAsync("email:ada@example.com"))[^1];
        var split = run.Entries.First(e => e.Decision.Kind == DecisionKind.Branch);
        Console.WriteLine($"{split.Decision.At}: on to {split.Decision.Next}, because {split.Conditions[0].Why.Value}");
        var picture = FlowPicture.Svg(cart, await platform.CountTrafficAsync("abandoned cart"));
        Assert.That(picture, Does.Contain("no: 1"));

        var rows = platform.BacktestFlowAsync(draft: steered, live: cart, DateTimeOffset.UnixEpoch, platform.Clock.GetUtcNow());
        var summary = await BacktestSummary.OfAsync(rows);
        Console.WriteLine($"{summary.ChangedProfiles} of {summary.Profiles} would get something else");
        Assert.That((summary.ChangedProfiles, summary.Profiles), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task EditingAndGoingLive_AreDoneAsTheySay()
    {
        await using var world = await FlowWorld.OpenAsync();
        var platform = world.Platform;
        await platform.TrackAsync(Some.Ada, "Added to Cart");
        await platform.DefineFlowAsync(Some.Flow("abandoned cart", new MetricTrigger("Added to Cart"), Some.Delay("gone", null, 1)));

        await platform.BackPopulateFlowAsync("abandoned cart", new BackPopulation { Days = 14, Entry = BackPopulationEntry.AsOfEvent });

        await platform.RunDueAsync();
        var edited = Some.Flow("abandoned cart", new MetricTrigger("Added to Cart"), Some.Delay("wait", null, 1));

        await platform.DefineFlowAsync(edited);
        var migration = new FlowMigration { Delays = DelayMigration.Recompute, Steps = [new StepMigration("gone", To: null)] };
        var report = platform.ReportFlowEdit(edited, migration);
        await platform.MigrateRunsAsync(edited.Name, migration);

        Assert.That(report.Landings.Single().Outcome, Is.EqualTo(LandingOutcome.Ends));
        await platform.ArchiveFlowAsync("abandoned cart");
        await platform.RestoreFlowAsync("abandoned cart");

        Assert.That(platform.Runs("abandoned cart"), Is.Empty);
    }

    [Test]
    public void EveryBlockOfCSharp_StandsInATest()
    {
        Page.AssertCSharpStandsIn(typeof(FlowDocsTests));
    }

    private static string Flow(string trigger, string action)
    {
        var targets = ((string[])["yes", "no", "next"]).Where(t => action.Contains($": \"{t}\"", StringComparison.Ordinal)).ToList();
        var actions = (action.Length > 0 ? new[] { action } : []).Concat((targets.Count > 0 ? targets : ["it"]).Where(t => action.Length == 0 || t != "it").Select(t =>
            "{\"temporary_id\": \"" + t + "\", \"type\": \"exit\"}"));
        return $$"""{"triggers": [{{trigger}}], "actions": [{{string.Join(", ", actions)}}], "entry_action_id": "it"}""";
    }
}
