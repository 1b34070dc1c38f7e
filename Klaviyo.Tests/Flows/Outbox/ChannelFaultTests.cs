using Klaviyo.Channels;
using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Flows.Outbox;

// Channels are code of the host: whatever one returns or throws is a result of the attempt, and the next message is sent.
public sealed class ChannelFaultTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly FlowDefinition Flow = Some.Flow("f", new MetricTrigger("A"),
        Some.Email("m") with { Delivery = new DeliveryPolicy { Retry = new RetryPolicy { AttemptsMax = 2 } } });

    [Test]
    public void NoChannel_IsRefusedAtTheOpening()
    {
        var options = new CustomerPlatformOptions { Files = new SimulatedFiles(1), Channels = new Dictionary<string, IChannel> { ["sms"] = null! } };
        Assert.That(async () => await CustomerPlatform.OpenAsync("", options), Throws.ArgumentException.With.Message.Contains("'sms' is null"));
    }

    [Test]
    public async Task NoResult_IsTriedAgainLater_AndIsADeadLetterAtLast()
    {
        await using var world = await OpenAsync(_ => null!);
        Assert.That((await RunDueAsync(world)).Retried, Is.EqualTo(1));
        await RunDueAsync(world);
        Assert.That(world.Offered, Has.Count.EqualTo(1), "not before it is due again");
        world.Clock.Advance(TimeSpan.FromHours(1));
        await RunDueAsync(world);
        Assert.That(world.Offered.Select(m => m.Attempt), Is.EqualTo([1, 2]));
        Assert.That(world.Platform.DeadLetters("f").Single().Reason, Is.EqualTo("The channel returned no result."));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task ExceptionThatDoesNotSayWhatItIs_GoesByItsName_AndTheNextMessageIsSent(bool isMute)
    {
        await using var world = await OpenAsync(m => m.To == "ada@example.com" ? throw new WordlessException(isMute) : ChannelResult.Delivered);
        await world.Platform.TrackAsync("email:bob@example.com", "A");
        var progress = await RunDueAsync(world);
        Assert.That((progress.Retried, progress.Delivered), Is.EqualTo((1, 1)));
        world.Clock.Advance(TimeSpan.FromHours(1));
        await RunDueAsync(world);
        Assert.That(world.Platform.DeadLetters("f").Single().Reason, Is.EqualTo(nameof(WordlessException)));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task ResultBeyondAllMeasure_IsRecorded()
    {
        await using var world = await OpenAsync(_ => ChannelResult.Retry(new string('\ud800', 1_000_000), TimeSpan.MaxValue));
        await RunDueAsync(world);
        Assert.That(world.Platform.DeadLetters("f"), Has.Count.EqualTo(1));
        await world.Platform.TrackAsync("email:bob@example.com", "A");
        world.Answer = _ => ChannelResult.DeliveredAs(new string('\udc00', 1_000_000));
        Assert.That((await RunDueAsync(world)).Delivered, Is.EqualTo(1));
        await world.ReopenAsync();
        Assert.That((await RunDueAsync(world)).Retried, Is.Zero);
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    private static async Task<FlowWorld> OpenAsync(Func<FlowMessage, ChannelResult> answer)
    {
        var world = await FlowWorld.OpenAsync();
        world.Answer = answer;
        await world.Platform.DefineFlowAsync(Flow);
        await world.Platform.TrackAsync(Some.Ada, "A");
        return world;
    }

    private static Task<FlowProgress> RunDueAsync(FlowWorld world) => world.Platform.RunDueAsync().AsTask().WaitAsync(Patience);

    private sealed class WordlessException(bool isMute) : Exception
    {
        public override string Message => isMute ? null! : throw new InvalidOperationException("It has no words.");
    }
}
