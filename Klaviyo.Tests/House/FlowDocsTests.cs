using Klaviyo.Json;
using Klaviyo.Tests.Flows;

namespace Klaviyo.Tests.House;

// Every example in JSON of docs/flows.md is a definition that comes back as it was, is defined, run and simulated; every type of trigger
// and action has an example.
public sealed class FlowDocsTests
{
    private static readonly DocPage Page = new("docs/flows.md");

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
        await world.Platform.DefineFlowAsync(Some.Flow("acme care", new ApiTrigger(), new ExitStep { Id = "e" }));
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
        // Nobody is on the list 'vip', has a contract, comes to 'acme care', or was sent by the host.
        var idle = world.Platform.Flows.Where(f => world.Platform.FlowStats(f.Name).Entered == 0).Select(f => FlowJson.Write(f.Definition!));
        Assert.That(idle.Select(json => json[..Math.Min(80, json.Length)]), Has.Exactly(4).Items);
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

    private static string Flow(string trigger, string action)
    {
        var targets = ((string[])["yes", "no", "next"]).Where(t => action.Contains($": \"{t}\"", StringComparison.Ordinal)).ToList();
        var actions = (action.Length > 0 ? new[] { action } : []).Concat((targets.Count > 0 ? targets : ["it"]).Where(t => action.Length == 0 || t != "it").Select(t =>
            "{\"temporary_id\": \"" + t + "\", \"type\": \"exit\"}"));
        return $$"""{"triggers": [{{trigger}}], "actions": [{{string.Join(", ", actions)}}], "entry_action_id": "it"}""";
    }
}
