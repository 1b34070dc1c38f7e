using Klaviyo.Channels;
using Klaviyo.Json;
using Klaviyo.Storage.Checkpoints;
using Klaviyo.Storage.Files;
using Klaviyo.Tests.Faults;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Flows;

// A platform on a simulated disk with a virtual clock and channels that remember.
internal sealed class FlowWorld : IAsyncDisposable
{
    internal const string Start = "2026-03-02T09:00:00Z";
    private readonly int _lanes;

    private FlowWorld(SimulatedFiles files, FakeTimeProvider clock, int lanes)
    {
        (Files, Clock, _lanes) = (files, clock, lanes);
        Answer = _ => ChannelResult.Delivered;
    }

    internal SimulatedFiles Files { get; private set; }

    internal FakeTimeProvider Clock { get; }

    internal CustomerPlatform Platform { get; private set; } = null!;

    internal List<FlowMessage> Offered { get; } = [];

    internal Func<FlowMessage, ChannelResult> Answer { get; set; }

    internal Dictionary<string, string> Templates { get; } = [];

    /// <summary>Gets or sets what happens before every write to a checkpoint; it is told whether what is written is as of the cut.</summary>
    internal Action<bool> BeforeCheckpointWrite { get; set; } = _ => { };

    internal TimeSpan LatenessMax { get; init; } = TimeSpan.MaxValue;

    internal Func<Step, Step>? StepFor { get; init; }

    internal IPostalCodes? PostalCodes { get; init; }

    internal SendPolicy Sending { get; init; } = new();

    /// <summary>Gets or sets whether the next opening has channels.</summary>
    internal bool HasChannels { get; set; } = true;

    internal UnsubscribePage? Unsubscribe { get; set; }

    // C1, Netherite ReplayChecker: in all of these tests, after every record.
    internal bool ChecksReplay { get; init; } = true;

    internal static async Task<FlowWorld> OpenAsync(
        int lanes = 1,
        string start = Start,
        TimeSpan? latenessMax = null,
        Func<Step, Step>? stepFor = null,
        SendPolicy? sending = null,
        UnsubscribePage? unsubscribe = null,
        bool checksReplay = true,
        IPostalCodes? postalCodes = null)
    {
        var world = new FlowWorld(new SimulatedFiles(seed: 1), new FakeTimeProvider(Instant.Parse(start).ToDateTimeOffset()), lanes)
        {
            LatenessMax = latenessMax ?? TimeSpan.MaxValue,
            StepFor = stepFor,
            PostalCodes = postalCodes,
            Sending = sending ?? new SendPolicy(),
            Unsubscribe = unsubscribe,
            ChecksReplay = checksReplay,
        };
        world.Platform = await world.OpenAsync(world.Files, world.Receive);
        return world;
    }

    internal Task<CustomerPlatform> OpenAsync(IStorageFiles files, Func<FlowMessage, ChannelResult> receive)
    {
        IChannel channel = new DelegateChannel((message, _) => ValueTask.FromResult(receive(message)));
        var interrupted = new InterruptedFiles(files, CheckpointFile.TemporaryName);
        interrupted.BeforeWrite = () => BeforeCheckpointWrite(interrupted.IsBehindCut);
        var options = new CustomerPlatformOptions
        {
            Files = interrupted,
            Clock = Clock,
            Lanes = _lanes,
            LogPageBytes = 64 << 10,
            LogSegmentBytes = 128 << 10,
            LatenessMax = LatenessMax,
            StepFor = StepFor,
            Sending = Sending,
            Unsubscribe = Unsubscribe,
            ChecksReplay = ChecksReplay,
            BackgroundSegments = false,
            SendsAtATime = 1,
            Templates = Templates,
            Environment = new DefinitionEnvironment { PostalCodes = PostalCodes },
            Channels = HasChannels
                ? new Dictionary<string, IChannel> { ["email"] = channel, ["sms"] = channel, ["webhook"] = channel }
                : [],
        };
        return CustomerPlatform.OpenAsync("", options).AsTask();
    }

    internal async Task ReopenAsync(bool dispose = true)
    {
        if (dispose)
        {
            await Platform.DisposeAsync();
        }

        Platform = await OpenAsync(Files, Receive);
    }

    internal async Task CutPowerAsync()
    {
        Files = Files.AfterPowerCut();
        Platform = await OpenAsync(Files, Receive);
    }

    internal ValueTask<FlowProgress> AdvanceAsync(TimeSpan by)
    {
        Clock.Advance(by);
        return Platform.RunDueAsync();
    }

    internal ValueTask<FlowProgress> AdvanceToAsync(Instant to)
    {
        Clock.SetUtcNow(to.ToDateTimeOffset());
        return Platform.RunDueAsync();
    }

    /// <summary>Lets time pass up to an instant, not including it, with a turn at every instant at which something is due.</summary>
    internal async Task PassToAsync(Instant to)
    {
        var progress = await Platform.RunDueAsync();
        while (progress.NextWake is { } wake && wake < to)
        {
            Instant now = Clock.GetUtcNow();
            Clock.SetUtcNow((wake > now ? wake : now.PlusMs(1)).ToDateTimeOffset());
            progress = await Platform.RunDueAsync();
        }

        Clock.SetUtcNow(to.ToDateTimeOffset());
    }

    internal ChannelResult Receive(FlowMessage message)
    {
        Offered.Add(message);
        return Answer(message);
    }

    public ValueTask DisposeAsync() => Platform.DisposeAsync();
}
