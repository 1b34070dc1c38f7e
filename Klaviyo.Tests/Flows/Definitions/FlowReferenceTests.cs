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
            () => world.Platform.DefineFlowAsync(Flow),
            () => world.Platform.DefineFlowAsync($$"""{"name": "f", "definition": {{FlowJson.Write(Flow)}}}"""),
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
        await world.Platform.RemoveSegmentAsync("vip");
        await world.ReopenAsync();
        Assert.That(world.Platform.Flows.Single().Name, Is.EqualTo("f"), "what was live stays so");
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
}
