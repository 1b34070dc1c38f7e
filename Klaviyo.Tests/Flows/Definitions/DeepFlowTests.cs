using Klaviyo.Json;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Flows.Definitions;

// Conditions in flows are as deep as in segments.
public sealed class DeepFlowTests
{
    private const string Trigger = """{"type":"metric-property","metric_id":"m","field":"Brand","filter":{"type":"existence","operator":"not-set"}}""";

    [Test]
    public void Read_Written_Simulated_AndRun([ValueSource(typeof(DeepConditions), nameof(DeepConditions.Names))] string shape)
    {
        SmallStack.Run(() => Run(async () =>
        {
            var json = Json(shape, DeepConditions.LevelsMax);
            var flow = FlowJson.Parse(json, "deep");
            Assert.That(FlowJson.Write(flow), Is.EqualTo(json));
            Assert.That(FlowJson.Parse(FlowJson.Write(flow with { Reentry = flow.Reentry }), "deep"), Is.EqualTo(flow));

            await using var world = await FlowWorld.OpenAsync();
            await world.Platform.DefineFlowAsync(flow);
            await world.Platform.TrackAsync(Some.Ada, "m");
            await world.Platform.RunDueAsync();
            Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["mail"]));
            var simulated = world.Platform.SimulateFlowAsync(flow, Instant.Parse(FlowWorld.Start).PlusMs(-1), Instant.Parse(FlowWorld.Start).PlusMs(1)).ToBlockingEnumerable();
            Assert.That(simulated.ToList(), Is.Not.Empty);
        }));
    }

    [Test]
    public void OverTheBound_SaysHowDeepAndWhere()
    {
        var refused = Assert.Throws<DefinitionException>(() => FlowJson.Parse(Json("not", DeepConditions.LevelsMax + 1), "deep"))!;
        Assert.That(refused.Reason, Is.EqualTo("conditions are nested deeper than 256"));
        Assert.That(refused.Path, Does.StartWith("$.actions[0].data.profile_filter.not.not."));
    }

    private static string Json(string shape, int levels) => $$$"""
        {"triggers":[{"type":"metric","id":"m","trigger_filter":{{{DeepConditions.Json(shape, levels, Trigger)}}}}],
        "profile_filter":{{{DeepConditions.Json(shape, levels)}}},
        "actions":[{"temporary_id":"split","type":"conditional-split","links":{"next_if_true":"mail","next_if_false":null},"data":{"profile_filter":{{{DeepConditions.Json(shape, levels)}}}}},
        {"temporary_id":"mail","type":"send-email","links":{"next":null},"data":{"message":{"from_email":"shop@example.com","subject_line":"s","body":"b","name":"Mail"},"status":"live"}}],
        "entry_action_id":"split"}
        """.Trim();

    private static void Run(Func<Task> test) => test().GetAwaiter().GetResult();
}
