using Klaviyo.Channels;
using NUnit.Framework.Constraints;

namespace Klaviyo.Tests.Flows;

// A version of a flow that a host stored and this one cannot read: what stands on it stays where it is, everything else goes on, and
// who can read it again goes on with all of it.
public sealed class UnreadableFlowTests
{
    private const string Bob = "email:bob@example.com";
    private const string Cleo = "email:cleo@example.com";

    private static readonly FlowDefinition Old = Some.Flow(
        "f", new MetricTrigger("A"), Some.Delay("wait", "mail", 2), Some.Email("mail", "hook"), Some.Webhook("hook", "later"), Some.Delay("later", "last", 5), Some.Email("last"));

    private bool _isOlder;

    [SetUp]
    public void BeginAsTheNewerHost() => _isOlder = false;

    [Test]
    public async Task RunsAndMessages_StayWhereTheyAre_AndGoOnWhenItCanBeRead([Values] bool fromLog)
    {
        await using var world = await OpenAsync(Old, Some.Flow("other", new MetricTrigger("A"), Some.Delay("day", "mail", 1), Some.Email("mail")));
        world.Answer = message => message.Channel == "webhook" ? ChannelResult.Retry("Not now.") : ChannelResult.Delivered;
        await StartAsync(world, Some.Ada);
        await world.AdvanceAsync(TimeSpan.FromDays(2));
        await StartAsync(world, Bob);
        await ReopenAsync(world, isOlder: true, fromLog);

        var flow = world.Platform.Flows[0];
        Assert.That((flow.Name, flow.Version, flow.Definition), Is.EqualTo(("f", 1, (FlowDefinition?)null)));
        Assert.That(flow.Fault, Is.EqualTo("Version 1 of the flow 'f' cannot be read: $.actions[0]: it is not known here"));
        Assert.That(world.Platform.Flows[1].Fault, Is.Null);

        // The waits are over, the webhook is due again, a trigger fires: nothing of it happens, and 'other' is not disturbed.
        world.Offered.Clear();
        await StartAsync(world, Cleo);
        for (var hour = 0; hour < 9 * 24; hour++)
        {
            await world.AdvanceAsync(TimeSpan.FromHours(1));
        }

        Assert.That(world.Offered.Select(m => (m.Flow, m.To)), Is.EqualTo([("other", "bob@example.com"), ("other", "cleo@example.com")]));
        Assert.That(world.Platform.Runs("f").Select(r => (r.Step, r.Reason == flow.Fault)), Is.EquivalentTo([("step 3", true), ("step 0", true)]));

        world.Answer = _ => ChannelResult.Delivered;
        world.Offered.Clear();
        await ReopenAsync(world, isOlder: false, fromLog);
        Assert.That((world.Platform.Flows[0].Definition, world.Platform.Flows[0].Fault), Is.EqualTo((Old, (string?)null)));
        await world.PassToAsync(Instant.Parse("2026-05-01"));
        Assert.That(
            world.Offered.Select(m => (m.Step, m.To)).Order(),
            Is.EqualTo([("hook", "https://example.com/hook"), ("hook", "https://example.com/hook"), ("last", "ada@example.com"), ("last", "bob@example.com"), ("mail", "bob@example.com")]));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task EverythingThatIsAskedOfIt_SaysWhy_OrAnswers()
    {
        await using var world = await OpenAsync(Old);
        await StartAsync(world, Some.Ada);
        await ReopenAsync(world, isOlder: true, fromLog: false);

        var run = world.Platform.Runs(Identifier.Parse(Some.Ada)).Single();
        var stats = world.Platform.FlowStats("f");
        Assert.That((stats.Entered, stats.Running, stats.Waiting["step 0"]), Is.EqualTo((1, 1, 1)));
        Assert.That((await world.Platform.CountTrafficAsync("f")).Ways[("", "step 0")], Is.EqualTo(1));
        var trace = (await world.Platform.TraceRunAsync(run.Id))!;
        Assert.That(trace.Entries.Select(e => e.Decision.Decision), Is.EqualTo(["trigger", "enter", "wait"]));
        Assert.That(async () => await world.Platform.StartFlowAsync("f", Identifier.Parse(Some.Ada)), IsRefused);
        Assert.That(async () => await world.Platform.MigrateRunsAsync("f"), IsRefused);
        Assert.That(async () => await world.Platform.BackPopulateFlowAsync("f"), IsRefused);
        Assert.That(() => world.Platform.ReportFlowEdit(Some.Flow("f", new MetricTrigger("A"), Some.Email("mail"))), IsRefused);
        await world.Platform.ArchiveFlowAsync("f");
        Assert.That(async () => await world.Platform.RestoreFlowAsync("f"), IsRefused);
        Assert.That((await world.Platform.CancelRunAsync(run.Id)).Runs, Is.EqualTo(1));
        await world.Platform.DeleteFlowAsync("f");
        await world.ReopenAsync();
        Assert.That(world.Platform.Flows, Is.Empty);
    }

    [Test]
    public async Task NewVersion_StartsRuns_ThoseOfTheOldOneStay()
    {
        await using var world = await OpenAsync(Old);
        await StartAsync(world, Some.Ada);
        await ReopenAsync(world, isOlder: true, fromLog: false);
        var next = Some.Flow("f", new MetricTrigger("A"), Some.Email("mail"));
        await world.Platform.DefineFlowAsync(next);
        await StartAsync(world, Bob);
        await world.AdvanceAsync(TimeSpan.FromDays(3));

        Assert.That(world.Offered.Select(m => m.To), Is.EqualTo(["bob@example.com"]));
        Assert.That(world.Platform.Flows[0].Definition, Is.EqualTo(next));
        Assert.That(world.Platform.Flows[0].Fault, Does.Contain("Version 1"));
        var landing = (await world.Platform.MigrateRunsAsync("f")).Single();
        Assert.That((landing.Version, landing.Step, landing.Outcome), Is.EqualTo((1, "step 0", LandingOutcome.Stays)));

        await ReopenAsync(world, isOlder: false, fromLog: false);
        await world.AdvanceAsync(TimeSpan.Zero);
        Assert.That(world.Offered[1].To, Is.EqualTo("ada@example.com"));
    }

    // Meanwhile somebody comes of whose dates nobody knew, and the dates of another are changed.
    [Test]
    public async Task Dates_AreFoundAnewWhenItCanBeRead()
    {
        await using var world = await OpenAsync(Some.Flow("f", new ProfileDateTrigger("born"), Some.Delay("wait", "mail", 0), Some.Email("mail")));
        await world.Platform.IdentifyAsync([Some.Ada], new PropertyMap { ["born"] = "1990-03-20" });
        await ReopenAsync(world, isOlder: true, fromLog: true);
        await world.Platform.IdentifyAsync([Bob], new PropertyMap { ["born"] = "1990-03-21" });
        await world.Platform.IdentifyAsync([Some.Ada], new PropertyMap { ["born"] = "1990-03-22" });
        await ReopenAsync(world, isOlder: true, fromLog: true);
        await world.AdvanceAsync(TimeSpan.FromDays(1));
        await ReopenAsync(world, isOlder: false, fromLog: true);
        await world.PassToAsync(Instant.Parse("2026-04-01"));
        Assert.That(
            world.Offered.Select(m => (m.To, m.At.ToString()[..10])),
            Is.EqualTo([("bob@example.com", "2026-03-21"), ("ada@example.com", "2026-03-22")]));
    }

    [TestCase("not JSON")]
    [TestCase("""{"triggers":[{"type":"telepathy","id":"x"}],"actions":[],"entry_action_id":""}""")]
    [TestCase("""{"triggers":[{"type":"metric","id":"A"}],"actions":[],"entry_action_id":"nowhere"}""")]
    public async Task TextThatIsNoDefinitionHere_KeepsNothingFromOpening(string text)
    {
        await using var world = await OpenAsync(Some.Flow("other", new MetricTrigger("A"), Some.Email("mail")));
        await world.Platform.Store.DefineAsync("flow", "f", text, default);
        await world.CutPowerAsync();
        await world.ReopenAsync();
        await StartAsync(world, Some.Ada);
        Assert.That(world.Offered.Select(m => m.Flow), Is.EqualTo(["other"]));
        Assert.That(world.Platform.Flows[1].Fault, Does.StartWith("Version 1 of the flow 'f' cannot be read: $"));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    private static IResolveConstraint IsRefused =>
        Throws.TypeOf<DefinitionException>().With.Message.Contains("Version 1 of the flow 'f' cannot be read");

    private async Task<FlowWorld> OpenAsync(params FlowDefinition[] flows)
    {
        var world = await FlowWorld.OpenAsync(stepFor: step =>
            _isOlder && step.Id is "wait" ? throw new DefinitionException("$.actions[0]", "it is not known here") : step);
        foreach (var flow in flows)
        {
            await world.Platform.DefineFlowAsync(flow);
        }

        return world;
    }

    private Task ReopenAsync(FlowWorld world, bool isOlder, bool fromLog)
    {
        _isOlder = isOlder;
        return fromLog ? world.CutPowerAsync() : world.ReopenAsync();
    }

    private static async Task StartAsync(FlowWorld world, string who)
    {
        await world.Platform.TrackAsync(who, "A");
        await world.Platform.RunDueAsync();
    }
}
