using System.Globalization;
using Klaviyo.Bench.Compare.Data;
using Klaviyo.Channels;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>A platform with a flow that waits, looks, waits again; one event of each profile lets it in.</summary>
internal sealed class FlowWorld : IAsyncDisposable
{
    internal const string FlowName = "cart";
    private const int BatchSize = 4096;
    private const string Trigger = "Added to Cart";

    private FlowWorld(CustomerPlatform platform, SteppedClock? clock)
    {
        Platform = platform;
        Clock = clock;
    }

    internal static DateTimeOffset Start { get; } = SampleEvents.AsOf;

    internal CustomerPlatform Platform { get; }

    /// <summary>Gets the clock; null where it is the system's.</summary>
    internal SteppedClock? Clock { get; }

    private static FlowDefinition Waiting => new()
    {
        Name = FlowName,
        Trigger = new MetricTrigger(Trigger),
        Entry = "hour",
        Steps =
        [
            new TimeDelayStep { Id = "hour", Unit = DelayUnit.Hours, Value = 1, Next = "bought" },
            new ConditionalSplitStep { Id = "bought", Filter = Bought, NextIfFalse = "day" },
            new TimeDelayStep { Id = "day", Unit = DelayUnit.Days, Value = 1 },
        ],
    };

    private static FlowDefinition Sending => new()
    {
        Name = FlowName,
        Trigger = new MetricTrigger(Trigger),
        Entry = "send",
        Steps = [new SendWebhookStep { Id = "send", Url = "https://example.com/hook", Status = StepStatus.Live }],
    };

    private static ProfileMetricCondition Bought => new()
    {
        Metric = "Placed Order",
        Amount = new NumberFilter(NumberOperator.GreaterThan, 0),
        Window = new RelativeDateFilter(RelativeDateOperator.InTheLast, 1, TimeUnit.Day),
    };

    /// <summary>Opens a platform whose runs wait, under a clock that stands.</summary>
    /// <param name="directory">The directory.</param>
    /// <param name="withFlow">Whether the flow is defined; otherwise the events are only stored.</param>
    /// <param name="other">Another clock than one that is stepped; null for that.</param>
    internal static async Task<FlowWorld> OpenWaitingAsync(string directory, bool withFlow, TimeProvider? other = null)
    {
        var clock = new SteppedClock(Start);
        var options = new CustomerPlatformOptions { Clock = other ?? clock, CheckpointEveryRecords = long.MaxValue };
        var platform = await CustomerPlatform.OpenAsync(directory, options);
        if (withFlow)
        {
            await platform.DefineFlowAsync(Waiting);
        }

        return new FlowWorld(platform, clock);
    }

    /// <summary>Opens a platform that sends a message for each event, under the system's clock.</summary>
    internal static async Task<FlowWorld> OpenSendingAsync(string directory, Action<FlowMessage> send)
    {
        var channels = new Dictionary<string, IChannel> { ["webhook"] = new DelegateChannel(send) };
        var platform = await CustomerPlatform.OpenAsync(directory, new CustomerPlatformOptions { Channels = channels });
        await platform.DefineFlowAsync(Sending);
        return new FlowWorld(platform, null);
    }

    internal static CustomerEvent Event(int profile, string metric = Trigger) => new()
    {
        Profile = [Identifier.ExternalId("u" + profile.ToString(CultureInfo.InvariantCulture))],
        Metric = metric,
        Value = 10,
    };

    /// <summary>Stores an event of each profile.</summary>
    internal Task TriggerAsync(int runs) => TriggerAsync(0, runs);

    /// <summary>Stores an event of each of some profiles.</summary>
    internal async Task TriggerAsync(int start, int runs)
    {
        for (var first = start; first < start + runs; first += BatchSize)
        {
            var writes = new CustomerWrite[Math.Min(BatchSize, start + runs - first)];
            for (var i = 0; i < writes.Length; i++)
            {
                writes[i] = Event(first + i);
            }

            await Platform.WriteAsync(writes);
        }
    }

    /// <summary>Deletes the images of the derived state but for the first ones, so that the next opening makes what came behind those
    /// from the log.</summary>
    /// <param name="directory">The directory, which is not open.</param>
    /// <param name="kept">How many stay.</param>
    internal static void DeleteCheckpoints(string directory, int kept)
    {
        foreach (var file in Directory.GetFiles(directory, "checkpoint*").OrderBy(f => f.Length).ThenBy(f => f, StringComparer.Ordinal).Skip(kept))
        {
            File.Delete(file);
        }
    }

    public ValueTask DisposeAsync() => Platform.DisposeAsync();
}
