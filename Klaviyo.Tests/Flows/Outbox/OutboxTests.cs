using Klaviyo.Channels;

namespace Klaviyo.Tests.Flows.Outbox;

// "An external action is attempted at least once, always with the same idempotency key, and its result is recorded once."
// P7: "an action is never lost, never sent with two different keys."
public sealed class OutboxTests
{
    private static readonly FlowDefinition Flow = Some.Flow(
        "f", new MetricTrigger("A"), Some.Email("one", "two"), Some.Email("two", "d"), Some.Delay("d", "three", 1), Some.Email("three"));

    // The method: while the channel has a message, the disk is copied as a power cut would leave it. What stands there must
    // lead to the same message with the same key.
    [Test]
    public async Task Offer_IsDurableBefore()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Flow);
        var kept = new List<(FlowMessage Message, Faults.SimulatedFiles Files)>();
        world.Answer = message =>
        {
            kept.Add((message, world.Files.AfterPowerCut()));
            return ChannelResult.Delivered;
        };
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.AdvanceAsync(TimeSpan.FromDays(1));

        Assert.That(kept, Has.Count.EqualTo(3));
        foreach (var (message, files) in kept)
        {
            var offered = new List<FlowMessage>();
            await using var after = await world.OpenAsync(files, m =>
            {
                offered.Add(m);
                return ChannelResult.Delivered;
            });
            Assert.That(after.FlowStats("f").Pending, Is.Positive, "the decision itself, not only what it can be made from again");
            await after.RunDueAsync();
            Assert.That(offered.Select(m => (m.Key, m.Step, m.Attempt)), Does.Contain((message.Key, message.Step, message.Attempt)));
        }
    }

    [Test]
    public async Task Crash_BetweenDeliveryAndRecord_OffersAgainWithTheSameKey_ThenNeverMore()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Flow);
        await world.Platform.TrackAsync(Some.Ada, "A");
        world.Answer = message =>
        {
            world.Files.CutAtStep = world.Files.Steps;
            return ChannelResult.Delivered;
        };
        Assert.That(async () => await world.Platform.RunDueAsync(), Throws.Exception);
        world.Answer = _ => ChannelResult.Delivered;
        await world.CutPowerAsync();
        await world.Platform.RunDueAsync();

        Assert.That(world.Offered.GroupBy(m => m.Step).Select(g => g.Select(m => m.Key).Distinct().Count()), Is.All.EqualTo(1));
        Assert.That(world.Offered.Select(m => m.Key).Distinct().Count(), Is.EqualTo(2));
        Assert.That(world.Offered, Has.Count.GreaterThan(2));

        var count = world.Offered.Count;
        await world.ReopenAsync();
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered, Has.Count.EqualTo(count));
        Assert.That(world.Platform.FlowStats("f").Delivered, Is.EqualTo(2));
    }

    [Test]
    public async Task Retry_KeepsTheKey_WaitsLonger_AndGivesUp()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        world.Answer = _ => ChannelResult.Retry("busy");
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        var waits = new List<TimeSpan>();
        while (world.Platform.FlowStats("f").Pending > 0)
        {
            var before = world.Clock.GetUtcNow();
            var offered = world.Offered.Count;
            while (world.Offered.Count == offered)
            {
                await world.ReopenAsync();
                await world.AdvanceAsync(TimeSpan.FromSeconds(1));
            }

            waits.Add(world.Clock.GetUtcNow() - before);
        }

        Assert.That(world.Offered.Select(m => m.Attempt), Is.EqualTo(Enumerable.Range(1, 8)));
        Assert.That(world.Offered.Select(m => m.Key).Distinct().Count(), Is.EqualTo(1));
        Assert.That(waits, Is.Ordered.Ascending);
        Assert.That(waits[0], Is.InRange(TimeSpan.FromSeconds(22), TimeSpan.FromSeconds(31)));
        Assert.That(world.Platform.FlowStats("f").DeadLetters, Is.EqualTo(1));
    }

    [Test]
    public async Task Retry_AfterWhatTheReceiverAsks_Delivers()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        world.Answer = m => m.Attempt == 1 ? ChannelResult.Retry("busy", TimeSpan.FromMinutes(7)) : ChannelResult.Delivered;
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        await world.AdvanceAsync(TimeSpan.FromMinutes(7) - TimeSpan.FromMilliseconds(1));
        Assert.That(world.Offered, Has.Count.EqualTo(1));
        await world.AdvanceAsync(TimeSpan.FromMilliseconds(1));
        Assert.That(world.Offered, Has.Count.EqualTo(2));
        Assert.That(world.Platform.FlowStats("f").Delivered, Is.EqualTo(1));
    }

    [Test]
    public async Task Offer_ConsentWithdrawnMeanwhile_IsWithdrawn()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        world.Answer = _ => ChannelResult.Retry("busy");
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.RunDueAsync();
        world.Clock.Advance(TimeSpan.FromMinutes(1));
        await world.Platform.WriteAsync(new ConsentWrite { Profile = [Some.Ada], Channel = "email", Status = ConsentStatus.Unsubscribed });
        await world.Platform.RunDueAsync();
        var stats = world.Platform.FlowStats("f");
        Assert.That((world.Offered.Count, stats.Failed, stats.Pending), Is.EqualTo((1, 1, 0)));
        Assert.That(stats.Skips[SkipReason.NoConsent], Is.EqualTo(1));
    }

    [Test]
    public async Task Channel_Throws_IsRetried()
    {
        await using var world = await FlowWorld.OpenAsync();
        await world.Platform.DefineFlowAsync(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")));
        world.Answer = m => m.Attempt == 1 ? throw new InvalidOperationException("broken") : ChannelResult.Delivered;
        await world.Platform.TrackAsync(Some.Ada, "A");
        Assert.That((await world.Platform.RunDueAsync()).Retried, Is.EqualTo(1));
        Assert.That((await world.AdvanceAsync(TimeSpan.FromMinutes(1))).Delivered, Is.EqualTo(1));
    }

    [Test]
    public async Task Cancel_DuringASend_OffersAgainWithTheSameKey()
    {
        await using var world = await FlowWorld.OpenAsync();
        using var cancel = new CancellationTokenSource();
        await world.Platform.DefineFlowAsync(Flow);
        world.Answer = _ =>
        {
            cancel.Cancel();
            throw new OperationCanceledException(cancel.Token);
        };
        await world.Platform.TrackAsync(Some.Ada, "A");
        Assert.That(async () => await world.Platform.RunDueAsync(cancel.Token), Throws.InstanceOf<OperationCanceledException>());
        world.Answer = _ => ChannelResult.Delivered;
        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.Step), Is.EqualTo(["one", "one", "two"]));
        Assert.That(world.Offered.Select(m => m.Key).Distinct().Count(), Is.EqualTo(2));
    }

    [Test]
    public async Task Keys_OfRunsStepsAndStores_AllDiffer()
    {
        var keys = new List<string>();
        await using var world = await FlowWorld.OpenAsync(lanes: 2);
        await world.Platform.DefineFlowAsync(Flow);
        for (var i = 0; i < 20; i++)
        {
            await world.Platform.TrackAsync($"email:p{i}@example.com", "A");
        }

        await world.Platform.RunDueAsync();
        Assert.That(world.Offered.Select(m => m.Key).Distinct().Count(), Is.EqualTo(40));
        Assert.That(world.Offered.Select(m => m.Run).Distinct().Count(), Is.EqualTo(20));
    }
}
