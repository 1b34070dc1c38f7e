using System.Collections.Concurrent;
using System.Threading.Channels;
using Klaviyo.Channels;
using Klaviyo.Tests.Faults;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Flows.Outbox;

// "Executors run outside the engine thread with per-channel concurrency; no executor can delay a timer."
public sealed class SlowChannelTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private static readonly FlowDefinition Slow = Some.Flow("slow", new MetricTrigger("A"), Some.Webhook("w"));
    private static readonly FlowDefinition Fast = Some.Flow("fast", new MetricTrigger("B"), Some.Delay("d", "m", 1, DelayUnit.Hours), Some.Email("m"));

    [Test]
    public async Task Webhook_DoesNotAnswer_OthersAreSentAndDelaysEnd_AndItsResultIsRecordedWhenItComes()
    {
        await using var world = await World.OpenAsync(Slow, Fast);
        world.Platform.StartFlows();
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Webhook.BegunAsync(1);
        await world.Platform.TrackAsync("email:bob@example.com", "B");
        await world.UntilAsync(() => world.Platform.FlowStats("fast").Running == 1);
        world.Clock.Advance(TimeSpan.FromHours(1));
        await world.Email.BegunAsync(1);
        world.Email.Answer(ChannelResult.Delivered);
        await world.UntilAsync(() => world.Platform.FlowStats("fast").Delivered == 1);
        Assert.That((world.Platform.FlowStats("slow").Delivered, world.Platform.FlowStats("slow").Pending), Is.EqualTo((0, 1)));

        world.Clock.Advance(TimeSpan.FromDays(1));
        world.Webhook.Answer(ChannelResult.Delivered);
        await world.UntilAsync(() => world.Platform.FlowStats("slow").Delivered == 1);
        Assert.That(world.Webhook.Messages, Has.Count.EqualTo(1), "it was with the channel once, however often the flows had their turn");
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // Not one that awaits: one that keeps the threads on which it is called, and is called with more than there are cores.
    [Test]
    public async Task Channel_KeepsItsThreads_OthersAreSentMeanwhile()
    {
        using var released = new ManualResetEventSlim();
        var calls = 0;
        await using var world = await World.OpenAsync(
            new DelegateChannel(_ =>
            {
                Interlocked.Increment(ref calls);
                released.Wait();
            }),
            Slow,
            Fast with { Steps = [Some.Email("m")], Entry = "m" });
        world.Platform.StartFlows();
        for (var i = 0; i < 40; i++)
        {
            await world.Platform.TrackAsync($"email:p{i}@example.com", "A");
        }

        await world.UntilAsync(() => Volatile.Read(ref calls) == 16);
        await world.Platform.TrackAsync(Some.Ada, "B");
        await world.Email.BegunAsync(1);
        released.Set();
        await world.UntilAsync(() => world.Platform.FlowStats("slow").Delivered == 40);
    }

    [Test]
    public async Task MoreThanAChannelHasRoomFor_WaitInTheState_OthersPass_AndAllAreSentOnceInOrder()
    {
        await using var world = await World.OpenAsync(Slow, Fast with { Steps = [Some.Email("m")], Entry = "m" });
        world.Platform.StartFlows();
        await world.Platform.WriteAsync([.. Enumerable.Range(0, 2000).Select(i => new CustomerEvent { Profile = [$"email:p{i:0000}@example.com"], Metric = "A" })]);
        await world.Webhook.BegunAsync(16);
        await world.Platform.TrackAsync(Some.Ada, "B");
        await world.Email.BegunAsync(1);
        Assert.That(world.Webhook.Messages, Has.Count.EqualTo(16), "no more at a time than the options say");

        world.Webhook.Answer(ChannelResult.Delivered, always: true);
        await world.UntilAsync(() => world.Platform.FlowStats("slow").Delivered == 2000);
        Assert.That(world.Webhook.Messages.Select(m => m.Key), Is.Unique);
        Assert.That(world.Webhook.Most, Is.EqualTo(16));
    }

    [Test]
    public async Task MessagesOfOneProfile_OnOneChannel_GoOneAfterTheOther()
    {
        await using var world = await World.OpenAsync(Some.Flow("f", new MetricTrigger("A"), Some.Webhook("one") with { Next = "two" }, Some.Email("two", "three"), Some.Webhook("three")));
        world.Platform.StartFlows();
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Platform.TrackAsync("email:bob@example.com", "A");
        await world.Email.BegunAsync(2);
        await world.Webhook.BegunAsync(2);
        Assert.That(world.Webhook.Messages.Select(m => m.Step), Is.All.EqualTo("one"));
        world.Webhook.Answer(ChannelResult.Delivered, always: true);
        await world.Webhook.BegunAsync(4);
        foreach (var profile in world.Webhook.Messages.GroupBy(m => m.Profile))
        {
            Assert.That(profile.Select(m => m.Step), Is.EqualTo(["one", "three"]));
        }
    }

    [Test]
    public async Task TurnByHand_WaitsForWhatItSent()
    {
        await using var world = await World.OpenAsync(Slow);
        await world.Platform.TrackAsync(Some.Ada, "A");
        var turn = world.Platform.RunDueAsync().AsTask();
        await world.Webhook.BegunAsync(1);
        Assert.That(turn.IsCompleted, Is.False);
        world.Webhook.Answer(ChannelResult.Delivered);
        Assert.That((await turn.WaitAsync(Patience)).Delivered, Is.EqualTo(1));
        Assert.That(world.Platform.FlowStats("slow").Delivered, Is.EqualTo(1));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Closing_WhileAChannelIsBusy_OffersAgainWithTheSameKey(bool listens)
    {
        var world = await World.OpenAsync(Slow);
        world.Webhook.Listens = listens;
        world.Platform.StartFlows();
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Webhook.BegunAsync(1);
        var closing = world.Platform.DisposeAsync().AsTask();
        while (!closing.IsCompleted)
        {
            // A channel that does not listen is waited for, but not for ever.
            world.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        await closing;
        var first = world.Webhook;
        await world.ReopenAsync();
        first.Answer(ChannelResult.Delivered);
        world.Webhook.Answer(ChannelResult.Delivered, always: true);
        await world.Platform.RunDueAsync();
        Assert.That(world.Webhook.Messages.Select(m => (m.Key, m.Attempt)), Is.EqualTo([(first.Messages[0].Key, 1)]));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
        await world.DisposeAsync();
    }

    [Test]
    public async Task Closing_RecordsWhatTheChannelSaysAtLast()
    {
        var (world, closing) = await CloseWhileTheChannelIsBusyAsync();
        world.Webhook.Answer(ChannelResult.Delivered);
        await closing.WaitAsync(Patience);
        await world.ReopenAsync();
        await world.Platform.RunDueAsync();
        Assert.That((world.Webhook.Messages.Count, world.Platform.FlowStats("slow").Delivered), Is.EqualTo((0, 1)));
        await world.DisposeAsync();
    }

    // The clock of the test stands: whoever closes does not wait until somebody turns it.
    [Test]
    public async Task Closing_WhileAChannelNeverEnds_TakesTenSecondsAndNoMore()
    {
        var (world, closing) = await CloseWhileTheChannelIsBusyAsync();
        try
        {
            await closing.WaitAsync(Patience);
        }
        finally
        {
            world.Webhook.Answer(ChannelResult.Delivered);
            await closing;
        }
    }

    [Test]
    public async Task PowerCut_WhileAChannelIsBusy_OffersAgainWithTheSameKey()
    {
        await using var world = await World.OpenAsync(Slow);
        world.Platform.StartFlows();
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Webhook.BegunAsync(1);
        var (before, key) = (world.Platform, world.Webhook.Messages[0].Key);
        await world.CutPowerAsync();
        world.Webhook.Answer(ChannelResult.Delivered, always: true);
        await world.Platform.RunDueAsync();
        Assert.That(world.Webhook.Messages.Select(m => m.Key), Is.EqualTo([key]));
        await before.DisposeAsync();
    }

    [Test]
    public async Task Delete_WaitsForItsOwnMessages_AndHoldsUpNobody()
    {
        await using var world = await World.OpenAsync(Slow, Fast with { Steps = [Some.Email("m")], Entry = "m" });
        world.Platform.StartFlows();
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Webhook.BegunAsync(1);
        var deleting = world.Platform.DeleteFlowAsync("slow", cancelRuns: true).AsTask();
        await world.UntilAsync(() => world.Platform.AllFlows.Single(f => f.Name == "slow").Deleted);
        await world.Platform.TrackAsync(Some.Ada, "B");
        await world.Email.BegunAsync(1);
        Assert.That(deleting.IsCompleted, Is.False);
        world.Webhook.Answer(ChannelResult.Retry("busy"));
        await deleting.WaitAsync(Patience);
        world.Clock.Advance(TimeSpan.FromDays(1));
        world.Email.Answer(ChannelResult.Delivered, always: true);
        await world.Platform.RunDueAsync();
        Assert.That(world.Webhook.Messages, Has.Count.EqualTo(1));
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // A limit counts beginnings: what is with a channel that does not answer has its turn, and nobody gets it again.
    [Test]
    public async Task RateLimit_HoldsWhileAChannelIsBusy()
    {
        var sending = new SendPolicy { Rates = new Dictionary<string, RateLimit> { ["webhook"] = new RateLimit(2, TimeSpan.FromMinutes(1)) } };
        await using var world = await World.OpenAsync(sending, Slow);
        world.Platform.StartFlows();
        for (var i = 0; i < 5; i++)
        {
            await world.Platform.TrackAsync($"email:p{i}@example.com", "A");
        }

        await world.Webhook.BegunAsync(2);
        world.Clock.Advance(TimeSpan.FromSeconds(30));
        world.Webhook.Answer(ChannelResult.Delivered);
        world.Webhook.Answer(ChannelResult.Delivered);
        await world.UntilAsync(() => world.Platform.FlowStats("slow").Delivered == 2);
        Assert.That(world.Webhook.Messages, Has.Count.EqualTo(2));
        world.Clock.Advance(TimeSpan.FromSeconds(30));
        await world.Webhook.BegunAsync(4);
        Assert.That((await world.Platform.VerifyAsync()).Problem, Is.Null);
    }

    // The channel has been told to end, and does not listen.
    private static async Task<(World World, Task Closing)> CloseWhileTheChannelIsBusyAsync()
    {
        var world = await World.OpenAsync(Slow);
        world.Webhook.Listens = false;
        world.Platform.StartFlows();
        await world.Platform.TrackAsync(Some.Ada, "A");
        await world.Webhook.BegunAsync(1);
        return (world, world.Platform.DisposeAsync().AsTask());
    }

    /// <summary>A channel that answers when the test says so.</summary>
    private sealed class Busy : IChannel
    {
        private readonly System.Threading.Lock _gate = new();
        private readonly ConcurrentQueue<TaskCompletionSource<ChannelResult>> _open = new();
        private readonly List<FlowMessage> _messages = [];
        private readonly Channel<FlowMessage> _begun = Channel.CreateUnbounded<FlowMessage>();
        private ChannelResult? _always;
        private int _now;

        internal bool Listens { get; set; } = true;

        internal int Most { get; private set; }

        internal IReadOnlyList<FlowMessage> Messages
        {
            get
            {
                lock (_gate)
                {
                    return [.. _messages];
                }
            }
        }

        public async ValueTask<ChannelResult> SendAsync(FlowMessage message, CancellationToken cancellationToken)
        {
            var answer = new TaskCompletionSource<ChannelResult>(TaskCreationOptions.RunContinuationsAsynchronously);
            lock (_gate)
            {
                _messages.Add(message);
                Most = Math.Max(Most, ++_now);
                if (_always is not null)
                {
                    answer.SetResult(_always);
                }
                else
                {
                    _open.Enqueue(answer);
                }
            }

            _begun.Writer.TryWrite(message);
            try
            {
                return await answer.Task.WaitAsync(Listens ? cancellationToken : CancellationToken.None);
            }
            finally
            {
                lock (_gate)
                {
                    _now--;
                }
            }
        }

        internal async Task BegunAsync(int count)
        {
            while (Messages.Count < count)
            {
                await _begun.Reader.ReadAsync().AsTask().WaitAsync(Patience);
            }
        }

        internal void Answer(ChannelResult result, bool always = false)
        {
            lock (_gate)
            {
                _always = always ? result : null;
                while (_open.TryDequeue(out var answer) && answer.TrySetResult(result) && always)
                {
                }
            }
        }
    }

    private sealed class World : IAsyncDisposable
    {
        private SimulatedFiles _files = new(seed: 1);
        private IChannel? _given;
        private SendPolicy _sending = new();

        internal FakeTimeProvider Clock { get; } = new(Instant.Parse(FlowWorld.Start).ToDateTimeOffset());

        internal Busy Webhook { get; private set; } = new();

        internal Busy Email { get; private set; } = new();

        internal CustomerPlatform Platform { get; private set; } = null!;

        internal static Task<World> OpenAsync(params FlowDefinition[] flows) => OpenAsync(new World(), flows);

        internal static Task<World> OpenAsync(IChannel webhook, params FlowDefinition[] flows) =>
            OpenAsync(new World { _given = webhook }, flows);

        internal static Task<World> OpenAsync(SendPolicy sending, params FlowDefinition[] flows) =>
            OpenAsync(new World { _sending = sending }, flows);

        internal async Task ReopenAsync()
        {
            (Webhook, Email) = (new Busy(), new Busy());
            Platform = await CustomerPlatform.OpenAsync("", new CustomerPlatformOptions
            {
                Files = _files,
                Clock = Clock,
                ChecksReplay = true,
                BackgroundSegments = false,
                Sending = _sending,
                Channels = new Dictionary<string, IChannel> { ["webhook"] = _given ?? Webhook, ["email"] = Email },
            });
        }

        internal Task CutPowerAsync()
        {
            _files = _files.AfterPowerCut();
            return ReopenAsync();
        }

        // What happens beside the test is looked for, not slept for; the clock of the test stands meanwhile.
        internal async Task UntilAsync(Func<bool> holds)
        {
            using var patience = new CancellationTokenSource(Patience);
            while (!holds())
            {
                Assert.That(patience.IsCancellationRequested, Is.False, "it takes too long");
                await Task.Yield();
            }
        }

        public ValueTask DisposeAsync() => Platform.DisposeAsync();

        private static async Task<World> OpenAsync(World world, FlowDefinition[] flows)
        {
            await world.ReopenAsync();
            foreach (var flow in flows)
            {
                await world.Platform.DefineFlowAsync(flow);
            }

            return world;
        }
    }
}
