using Klaviyo.Channels;

namespace Klaviyo.Tests.Flows.Sending;

// "Sends, opens, clicks and conversions come back as events."
public sealed class MessageEventTests
{
    private static readonly FlowDefinition Flow = Some.Flow("f", new MetricTrigger("A"), Some.Email("m"));

    [Test]
    public async Task Delivery_IsAnEvent_OnceWhateverCrashes()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Flow);
        await world.Platform.TrackAsync(Some.Ada, "A");
        world.Answer = _ => ChannelResult.Retry("busy");
        await world.Platform.RunDueAsync();
        Assert.That(Events(world, "Received Email"), Is.Empty);

        world.Answer = _ =>
        {
            world.Files.CutAtStep = world.Files.Steps;
            return ChannelResult.DeliveredAs("p1");
        };
        Assert.That(async () => await world.AdvanceAsync(TimeSpan.FromMinutes(1)), Throws.Exception);
        world.Answer = _ => ChannelResult.DeliveredAs("p2");
        await world.CutPowerAsync();
        await world.Platform.RunDueAsync();
        await world.ReopenAsync();
        await world.Platform.RunDueAsync();

        var received = Events(world, "Received Email").Single();
        Assert.That(received.Time, Is.EqualTo(Instant.Parse(FlowWorld.Start)), "the instant for which it was sent");
        Assert.That(received.Received, Is.EqualTo(received.Time.PlusMs(60_000)), "when it was delivered");
        Assert.That(received.Properties, Is.EqualTo(new PropertyMap
        {
            ["$flow"] = "f",
            ["$step"] = "m",
            ["$message"] = world.Offered[0].Key,
            ["Subject"] = "Subject",
            ["Email Domain"] = "example.com",
            ["$provider_id"] = "p2",
        }));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Delivery_StartsOtherFlows_NotItsOwn()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("loop", new MetricTrigger("Received Email"), Some.Email("m")));
        await world.Platform.DefineFlowAsync(Flow);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.Flow), Is.EqualTo(["f", "loop"]));
    }

    [Test]
    public async Task Webhook_IsNoEvent()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Webhook("w")));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        Assert.That(world.Platform.Profile(Some.Ada)!.Metrics.Keys, Is.EquivalentTo(["A"]));
    }

    [TestCase(MessageFeedbackKind.Opened, "Opened Email", null, 2)]
    [TestCase(MessageFeedbackKind.Clicked, "Clicked Email", null, 2)]
    [TestCase(MessageFeedbackKind.SoftBounced, "Bounced Email", null, 2)]
    [TestCase(MessageFeedbackKind.Bounced, "Bounced Email", ConsentStatus.Suppressed, 1)]
    [TestCase(MessageFeedbackKind.MarkedAsSpam, "Marked Email as Spam", ConsentStatus.Suppressed, 1)]
    [TestCase(MessageFeedbackKind.Unsubscribed, "Unsubscribed from Email Marketing", ConsentStatus.Unsubscribed, 1)]
    public async Task Feedback_ByTokenAndByKey_IsAnEventAndAConsent(
        MessageFeedbackKind kind, string metric, ConsentStatus? expected, int count)
    {
        await using var world = await SentAsync();
        var message = world.Offered.Single();
        Assert.That(await world.Platform.RecordFeedbackAsync(new MessageFeedback { Message = message.Token, Kind = kind, Url = "https://x" }), Is.True);
        var byKey = new MessageFeedback { Message = message.Key, Profile = Some.Ada, Kind = kind, Reason = "why" };
        Assert.That(await world.Platform.RecordFeedbackAsync(byKey), Is.True);

        var events = Events(world, metric);
        Assert.That(events, Has.Count.EqualTo(count));
        Assert.That(events[0].Properties, Is.EqualTo(new PropertyMap { ["$flow"] = "f", ["$step"] = "m", ["$message"] = message.Key, ["URL"] = "https://x" }));
        var consents = world.Platform.Profile(Some.Ada)!.Consents;
        Assert.That(consents.Select(c => (ConsentStatus?)c.Status), expected is null ? Is.Empty : Is.All.EqualTo(expected));
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered, Has.Count.EqualTo(expected is null ? 2 : 1));
    }

    [Test]
    public async Task Feedback_WithAUniqueId_IsRecordedOnce()
    {
        await using var world = await SentAsync();
        var opened = new MessageFeedback { Message = world.Offered[0].Token, Kind = MessageFeedbackKind.Opened, UniqueId = "e1" };
        await world.Platform.RecordFeedbackAsync(opened);
        await world.Platform.RecordFeedbackAsync(opened);
        Assert.That(Events(world, "Opened Email"), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Feedback_OfWhatWasNeverSent_ChangesNothing()
    {
        await using var world = await SentAsync();
        await world.Platform.TrackAsync("email:eve@example.com", "B");
        var message = world.Offered.Single();
        var eve = world.Platform.Profile("email:eve@example.com")!.Id;
        var position = world.Platform.Position;
        foreach (var wrong in new[] { "", "x", message.Key, new string('0', 32) + message.Profile, message.Key + eve, message.Token + "0", message.Token + "\n" })
        {
            Assert.That(await world.Platform.UnsubscribeAsync(wrong), Is.False, wrong);
        }

        Assert.That(world.Platform.Position, Is.EqualTo(position));
    }

    [Test]
    public async Task Feedback_AfterAMerge_GoesToTheDestination()
    {
        await using var world = await SentAsync();
        await world.Platform.TrackAsync("external_id:ada", "B");
        await world.Platform.MergeAsync(Some.Ada, "external_id:ada");
        Assert.That(await world.Platform.UnsubscribeAsync(world.Offered[0].Token), Is.True);
        Assert.That(world.Platform.Profile("external_id:ada")!.Consents.Single().Status, Is.EqualTo(ConsentStatus.Unsubscribed));
    }

    [Test]
    public async Task Conversions_GoToTheLastTouch_WithinItsWindow()
    {
        await using var world = await SentAsync();
        var rule = new AttributionRule
        {
            Windows = new Dictionary<string, TimeSpan> { ["Clicked Email"] = TimeSpan.FromDays(5), ["Received Email"] = TimeSpan.FromDays(1) },
        };
        var start = Instant.Parse(FlowWorld.Start);
        await world.Platform.RecordFeedbackAsync(new MessageFeedback
        {
            Message = world.Offered[0].Token,
            Kind = MessageFeedbackKind.Clicked,
            Time = start.PlusMs(3_600_000),
        });
        foreach (var (at, value) in new[] { (start.PlusMs(-1), 1.0), (start, 2), (start.PlusMs(7_200_000), 3), (start.PlusMs(5 * 86_400_000L + 3_599_999), 4), (start.PlusMs(5 * 86_400_000L + 3_600_000), 5) })
        {
            await world.Platform.TrackAsync(Some.Ada, "Placed Order", value, time: at);
        }

        world.Clock.Advance(TimeSpan.FromDays(10));
        var conversions = world.Platform.Conversions(Some.Ada, "Placed Order", rule);
        Assert.That(conversions.Select(c => (c.Value, c.Touch)), Is.EqualTo([(2.0, "Received Email"), (3.0, "Clicked Email"), (4.0, "Clicked Email")]));
        Assert.That(conversions.Select(c => (c.Flow, c.Step, c.Message)).Distinct(), Is.EqualTo([("f", "m", world.Offered[0].Key)]));
        Assert.That(world.Platform.FlowConversions("f", "Placed Order", TimeRange.All, rule), Is.EqualTo(conversions));
        Assert.That(world.Platform.FlowConversions("g", "Placed Order", TimeRange.All, rule), Is.Empty);
        Assert.That(world.Platform.Conversions(Some.Ada, "Placed Order", rule, start).Select(c => c.Value), Is.EqualTo([2.0]));
        Assert.That(world.Platform.Conversions(Some.Ada, "Placed Order").Select(c => c.Value), Is.EqualTo([3.0, 4.0]), "Klaviyo's");
    }

    private static async Task<FlowWorld> SentAsync()
    {
        var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Flow);
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        return world;
    }

    private static List<StoredEvent> Events(FlowWorld world, string metric) =>
        [.. world.Platform.Events(Some.Ada, new EventQuery { Metric = metric }).Events];
}
