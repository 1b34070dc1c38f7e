using Klaviyo.Json;

namespace Klaviyo.Tests.Flows;

// Flows that start when a profile enters a segment or leaves it.
public sealed class SegmentTriggerTests
{
    private static readonly Instant Start = Instant.Parse(FlowWorld.Start);
    private static readonly SegmentDefinition Buyers = new(When.Did("Placed Order").InTheLast(30, TimeUnit.Day));

    [TestCase(false, 0)]
    [TestCase(true, 30)]
    public async Task EnteringOrLeaving_StartsARun_AtTheExactInstant(bool onExit, int day)
    {
        await using var world = await FlowWorld.OpenAsync();
        var flow = Some.Flow("f", new SegmentTrigger("buyers") { OnExit = onExit }, Some.Email("mail"));
        await world.Platform.DefineSegmentAsync("buyers", Buyers);
        await world.Platform.DefineFlowAsync(flow);
        await world.Platform.RunDueAsync();
        await world.Platform.TrackAsync(Some.Ada, "Placed Order");

        await world.AdvanceAsync(TimeSpan.FromDays(45));

        Assert.That(world.Offered, Has.Count.EqualTo(1));
        var simulated = new List<Instant>();
        await foreach (var decision in world.Platform.SimulateFlowAsync(flow, Start, Start.Plus(TimeSpan.FromDays(45))))
        {
            simulated.Add(decision.At);
        }

        Assert.That(simulated, Is.Not.Empty.And.All.EqualTo(Start.Plus(TimeSpan.FromDays(day))));
    }

    [Test]
    public async Task WhoIsInItAlready_OrComesByHistory_StartsNone()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.TrackAsync(Some.Ada, "Placed Order");
        await world.Platform.DefineSegmentAsync("buyers", Buyers);
        await world.Platform.DefineFlowAsync(Some.Flow("f", new SegmentTrigger("buyers"), Some.Email("mail")));
        await world.Platform.RunDueAsync();
        await world.Platform.WriteAsync(new CustomerEvent { Profile = ["email:bob@example.com"], Metric = "Placed Order", Backfill = true });
        await world.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.That(world.Offered, Is.Empty);
    }

    [Test]
    public void Json_KeepsTheTrigger()
    {
        var flow = Some.Flow("f", new SegmentTrigger("buyers") { OnExit = true }, Some.Email("mail"));
        Assert.That(FlowJson.Parse(FlowJson.Write(flow), "f"), Is.EqualTo(flow));
        Assert.That(FlowJson.Write(flow), Does.Contain("""{"type":"segment","id":"buyers","on":"exit"}"""));
    }
}
