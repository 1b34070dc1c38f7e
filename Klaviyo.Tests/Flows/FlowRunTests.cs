using Klaviyo.Channels;
using Klaviyo.Json;

namespace Klaviyo.Tests.Flows;

// Flows in a store, from the trigger to the channel.
public sealed class FlowRunTests
{
    private static readonly FlowDefinition Welcome = Some.Flow(
        "welcome",
        new MetricTrigger("Signed Up"),
        Some.Email("hello", "wait", "Hello {{ person.first_name | default: 'there' }} from {{ event.Place }}"),
        Some.Delay("wait", "again", 3),
        Some.Email("again"));

    [Test]
    public async Task Trigger_SendsNowAndAfterTheDelay()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Welcome);
        await world.Platform.IdentifyAsync([Some.Ada], new PropertyMap { ["first_name"] = "Ada" });
        await world.Platform.TrackAsync(Some.Ada, "Signed Up", properties: new PropertyMap { ["Place"] = "Bern" });
        Assert.That(world.Platform.Runs((Identifier)Some.Ada).Single().Status, Is.EqualTo(RunStatus.Triggered));

        var progress = await world.Platform.RunDueAsync();
        Assert.That((progress.Transitions, progress.Delivered), Is.EqualTo((3, 1)));
        Assert.That(world.Offered[0].Body, Is.EqualTo("Hello Ada from Bern"));
        var run = world.Platform.Runs("welcome").Single();
        Assert.That((run.Step, run.Status), Is.EqualTo(("wait", RunStatus.Waiting)));
        Assert.That(run.Due, Is.EqualTo(run.Entered.PlusMs(3 * 86_400_000L)));
        Assert.That(progress.NextWake, Is.LessThanOrEqualTo(run.Due));

        await world.AdvanceToAsync(run.Due.PlusMs(-1));
        Assert.That(world.Offered, Has.Count.EqualTo(1));
        await world.AdvanceToAsync(run.Due);
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["hello", "again"]));
        Assert.That(world.Platform.Runs("welcome"), Is.Empty);
        var stats = world.Platform.FlowStats("welcome");
        Assert.That((stats.Entered, stats.Running, stats.Sends, stats.Delivered, stats.Pending), Is.EqualTo((1, 0, 2, 2, 0)));
    }

    // A host that runs the flows itself, or listens to them, is told that there are none any more.
    [Test]
    public async Task RunFlows_WhenThePlatformIsClosed_Ends_AndDecisionsAfterItAreRefused()
    {
        var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Welcome);
        var running = world.Platform.RunFlowsAsync(CancellationToken.None);
        await world.DisposeAsync();
        Assert.That(() => running.WaitAsync(TimeSpan.FromSeconds(20)), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => world.Platform.Decisions(), Throws.TypeOf<ObjectDisposedException>());
    }

    // "The profile filter is checked at entry and again before every action; failing it ends the run with a named reason."
    [Test]
    public async Task Filter_FailsDuringTheDelay_EndsTheRun()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Welcome with { ProfileFilter = Some.CountSinceStart("Order", "equals", 0) });
        await world.Platform.TrackAsync(Some.Ada, "Signed Up");
        await world.Platform.RunDueAsync();

        // An event that was acknowledged one millisecond before the end counts: PostHog 43086.
        await world.AdvanceAsync(TimeSpan.FromDays(3) - TimeSpan.FromMilliseconds(1));
        await world.Platform.TrackAsync(Some.Ada, "Order");
        await world.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.That(world.Offered, Has.Count.EqualTo(1));
        Assert.That(world.Platform.FlowStats("welcome").Skips[SkipReason.FilterFailed], Is.EqualTo(1));
        Assert.That(world.Platform.Runs("welcome"), Is.Empty);
    }

    [Test]
    public async Task Split_AfterAnUpdate_SeesIt()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow(
            "f",
            new MetricTrigger("A"),
            Some.Set("set", "split", "stage", "lead"),
            Some.Split("split", Some.PropertyIs("stage", "lead"), "yes", "no"),
            Some.Email("yes"),
            Some.Email("no")));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Single().Step, Is.EqualTo("yes"));
        Assert.That((await world.Platform.VerifyAsync()).Ok, Is.True);
    }

    [Test]
    public async Task ListUpdate_TriggersTheFlowOfTheList_AtTheSameInstant()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("a", new MetricTrigger("A"), Some.Delay("d", "l", 1), Some.List("l", null, "vip")));
        await world.Platform.DefineFlowAsync(Some.Flow("b", new ListTrigger("vip"), Some.Email("mail", "d"), Some.Delay("d", null, 1)));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.AdvanceAsync(TimeSpan.FromDays(1.5));

        var run = world.Platform.Runs("b").Single();
        Assert.That(run.Entered, Is.EqualTo(Instant.Parse(FlowWorld.Start).PlusMs(86_400_000)));
        Assert.That(world.Offered.Single().Flow, Is.EqualTo("b"));
    }

    [Test]
    public async Task Trigger_BackfillOrOtherMetricOrFilter_StartsNothing()
    {
        await using var world = await FlowWorld.OpenAsync();
        var trigger = new MetricTrigger("A") { Filter = Some.EventIs("A", "Brand", "Acme") };
        await world.Platform.DefineFlowAsync(Some.Flow("f", trigger, Some.Email("m")));
        var acme = new PropertyMap { ["Brand"] = "Acme" };
        await world.Platform.WriteAsync(new CustomerEvent { Profile = [Some.Ada], Metric = "A", Properties = acme, Backfill = true });
        await world.Platform.TrackAsync(Some.Ada, "B", properties: acme);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.TrackAsync(Some.Ada, "A", uniqueId: "u", properties: acme);
        await world.Platform.TrackAsync(Some.Ada, "A", uniqueId: "u", properties: acme);
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered, Has.Count.EqualTo(1), "one event, although it was sent twice");
    }

    [Test]
    public async Task Trigger_OfTheFuture_EntersWhenItComesTrue_OfThePastNow()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m", "d"), Some.Delay("d", null, 9)));
        var now = Instant.Parse(FlowWorld.Start);
        await world.Platform.TrackAsync(Some.Ada, "A", time: now.PlusMs(5000));
        await world.Platform.TrackAsync("email:bob@example.com", "A", time: now.PlusMs(-86_400_000));
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.To), Is.EqualTo(["bob@example.com"]));
        Assert.That(world.Platform.Runs((Identifier)"email:bob@example.com").Single().Entered, Is.EqualTo(now));
        await world.AdvanceAsync(TimeSpan.FromSeconds(5));
        Assert.That(world.Platform.Runs((Identifier)Some.Ada).Single().Entered, Is.EqualTo(now.PlusMs(5000)));
    }

    // "Re-entry: none, always, or after a duration since the last entry."
    [TestCase(null, ExpectedResult = 4)]
    [TestCase(1, ExpectedResult = 2)]
    [TestCase(2, ExpectedResult = 1)]
    public async Task<int> Reentry_OverDays(int? days)
    {
        await using var world = await FlowWorld.OpenAsync();
        var reentry = days is { } d ? new ReentryCriteria(d, ReentryUnit.Day) : null;
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")) with { Reentry = reentry });
        foreach (var hours in new[] { 0, 0, 23, 1 })
        {
            await world.AdvanceAsync(TimeSpan.FromHours(hours));
            await world.Platform.TrackAsync(Some.Ada, "A");
        }

        await world.Platform.RunDueAsync();
        return world.Offered.Count;
    }

    // All events of a millisecond count at it, whatever the order in which they arrived.
    [Test]
    public async Task Trigger_SameMillisecond_SeesAllEventsOfIt()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")) with
        {
            ProfileFilter = Some.CountEver("A", "greater-than", 2),
            Reentry = ReentryCriteria.Never,
        });
        for (var i = 0; i < 3; i++)
        {
            await world.Platform.TrackAsync(Some.Ada, "A");
        }

        await world.Platform.RunDueAsync();
        Assert.That(world.Offered, Has.Count.EqualTo(1));
    }

    // "Edit of a live flow makes a new version; runs under way stay on theirs."
    [Test]
    public async Task Define_NewVersion_RunsUnderWayStayOnTheirs()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Welcome);
        await world.Platform.DefineFlowAsync(FlowJson.Parse(FlowJson.Write(Welcome), "welcome"));
        Assert.That(world.Platform.Flows.Single().Version, Is.EqualTo(1), "the same definition again is nothing new");

        await world.Platform.TrackAsync(Some.Ada, "Signed Up");
        await world.Platform.RunDueAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("welcome", new MetricTrigger("Signed Up"), Some.Email("new")));
        await world.ReopenAsync();
        await world.Platform.TrackAsync("email:bob@example.com", "Signed Up");
        await world.AdvanceAsync(TimeSpan.FromDays(3));
        Assert.That(world.Offered.Select(m => m.Step), Is.EquivalentTo(["hello", "again", "new"]));
    }

    [Test]
    public async Task Pause_HoldsEverything_ResumeGoesOnFromNow()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow(
            "f", new MetricTrigger("A"), Some.Delay("d1", "m1", 1), Some.Email("m1", "d2"), Some.Delay("d2", "m2", 1), Some.Email("m2")));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.Platform.PauseFlowAsync("f");
        await world.Platform.TrackAsync("email:bob@example.com", "A");
        await world.AdvanceAsync(TimeSpan.FromDays(10));
        Assert.That(world.Offered, Is.Empty);
        await world.ReopenAsync();
        Assert.That((await world.Platform.RunDueAsync()).NextWake, Is.Null);

        await world.Platform.ResumeFlowAsync("f");
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["m1"]));
        await world.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["m1", "m2"]), "Bob came while nobody could enter");
    }

    // A run whose delay ended while the process was down goes on as of that instant: the next delay counts from there.
    [Test]
    public async Task Wake_Late_IsAsIfOnTime()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow(
            "f", new MetricTrigger("A"), Some.Delay("d1", "m1", 1), Some.Email("m1", "d2"), Some.Delay("d2", "m2", 1), Some.Email("m2")));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.AdvanceAsync(TimeSpan.FromDays(10));
        var start = Instant.Parse(FlowWorld.Start);
        Assert.That(world.Offered.Select(m => m.At), Is.EqualTo([start.PlusMs(86_400_000), start.PlusMs(2 * 86_400_000)]));
    }

    [Test]
    public async Task Wake_LaterThanTheLimit_IsAsOfNow()
    {
        await using var world = await FlowWorld.OpenAsync(latenessMax: TimeSpan.FromHours(1));
        await world.Platform.DefineFlowAsync(Some.Flow(
            "f", new MetricTrigger("A"), Some.Delay("d1", "m1", 1), Some.Email("m1", "d2"), Some.Delay("d2", "m2", 1), Some.Email("m2")));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.AdvanceAsync(TimeSpan.FromDays(10));
        Assert.That(world.Offered.Select(m => m.At), Is.EqualTo([Instant.Parse(FlowWorld.Start).PlusMs(10 * 86_400_000L)]));
        await world.AdvanceAsync(TimeSpan.FromDays(1));
        Assert.That(world.Offered, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Merge_RunsGoOnForTheDestination()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Delay("d", "m", 1), Some.Email("m")) with
        {
            Reentry = ReentryCriteria.Never,
        });
        await world.Platform.TrackAsync("anonymous_id:x", "A");
        await world.Platform.RunDueAsync();
        await world.Platform.IdentifyAsync([Some.Ada]);
        await world.Platform.IdentifyAsync([Some.Ada, "anonymous_id:x"]);
        Assert.That(world.Platform.Runs((Identifier)Some.Ada), Has.Count.EqualTo(1));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.AdvanceAsync(TimeSpan.FromDays(2));
        Assert.That(world.Offered.Select(m => m.To), Is.EqualTo(["ada@example.com"]), "one entry, of the source, counts for the destination");
        Assert.That((await world.Platform.VerifyAsync()).Ok, Is.True);
    }

    // "Each skip is a decision with its reason", whenever the turns come.
    [TestCase(true)]
    [TestCase(false)]
    public async Task Reentry_NotAllowed_IsADecisionWithItsReason(bool turnBetween)
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")) with { Reentry = new ReentryCriteria(1, ReentryUnit.Day) });
        for (var i = 0; i < 3; i++)
        {
            await world.Platform.TrackAsync(Some.Ada, "A");
            if (turnBetween)
            {
                await world.Platform.RunDueAsync();
            }

            // Two of them at one instant.
            world.Clock.Advance(TimeSpan.FromHours(i));
        }

        await world.Platform.RunDueAsync();
        await world.ReopenAsync();
        await world.Platform.RunDueAsync();
        var stats = world.Platform.FlowStats("f");
        Assert.That((stats.Entered, stats.Running, world.Offered.Count), Is.EqualTo((1, 0, 1)));
        Assert.That(stats.Skips, Is.EqualTo(new Dictionary<SkipReason, long> { [SkipReason.ReentryNotAllowed] = 2 }));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Loop_SleepsUntilDue_AndIsWokenByTriggers()
    {
        await using var world = await FlowWorld.OpenAsync();
        var sent = new SemaphoreSlim(0);
        world.Answer = _ =>
        {
            sent.Release();
            return ChannelResult.Delivered;
        };
        await world.Platform.DefineFlowAsync(Welcome);
        world.Platform.StartFlows();
        await world.Platform.TrackAsync(Some.Ada, "Signed Up");
        Assert.That(await sent.WaitAsync(TimeSpan.FromSeconds(30)), Is.True);

        // The clock goes on hour by hour until the loop has seen the end of the delay, which on a busy machine may be late.
        for (var hours = 0; hours < 3000 && !await sent.WaitAsync(TimeSpan.FromMilliseconds(20)); hours++)
        {
            world.Clock.Advance(TimeSpan.FromHours(1));
        }

        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["hello", "again"]));
    }

    [Test]
    public async Task Decisions_TellWhatHappened_InOrder()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Welcome);
        var decisions = world.Platform.Decisions();
        await world.Platform.TrackAsync(Some.Ada, "Signed Up");
        await world.Platform.RunDueAsync();
        await world.Platform.DisposeAsync();
        var heard = new List<FlowDecision>();
        await foreach (var decision in decisions)
        {
            heard.Add(decision);
        }

        Assert.That(heard.Select(d => $"{d.Step} {d.Decision}"), Is.EqualTo([" trigger", " enter", "hello send", "wait wait", "hello deliver"]));
        Assert.That(heard.Select(d => d.Flow).Distinct(), Is.EqualTo(["welcome"]));
    }

    [Test]
    public async Task Define_MissingTemplate_IsRefused_AndSkippedWhenItGoesMissingLater()
    {
        await using var world = await FlowWorld.OpenAsync();
        var flow = Some.Flow("f", new MetricTrigger("A"), Some.Email("m") with { Body = null, TemplateId = "T1" });
        Assert.That(
            async () => await world.Platform.DefineFlowAsync(flow),
            Throws.TypeOf<DefinitionException>().With.Message.Contains("$.actions[0].data.message.template_id"));

        world.Templates["T1"] = "Hello";
        await world.Platform.DefineFlowAsync(flow);
        world.Templates.Clear();
        await world.ReopenAsync();
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.FlowStats("f").Skips[SkipReason.TemplateError], Is.EqualTo(1));
    }
}
