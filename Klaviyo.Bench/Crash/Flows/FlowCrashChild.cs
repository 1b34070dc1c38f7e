using System.Globalization;
using Klaviyo.Channels;

namespace Klaviyo.Bench.Crash.Flows;

/// <summary>The other end of <see cref="FlowCrashRun"/>: starts runs whose messages go to its receiver, until it is killed.</summary>
internal static class FlowCrashChild
{
    internal const int BatchSize = 32;
    private const int TimesFaster = 60;

    internal static async Task<int> RunAsync(string[] args)
    {
        // Without a parent there is nobody to kill it.
        _ = Task.Run(async () =>
        {
            await Console.In.ReadToEndAsync();
            Environment.Exit(3);
        });
        var (path, clock) = (args[0], new FastClock(DateTimeOffset.FromUnixTimeMilliseconds(Number(args[1])), TimesFaster));
        var (port, next, runs, control, last) = ((int)Number(args[2]), (int)Number(args[3]), (int)Number(args[4]), args[5], args[6] == "last");
        using var http = new HttpClient();
        var webhook = new WebhookChannel(http, clock, TimeSpan.FromMinutes(30));
        IChannel channel = control == "new-keys"
            ? new DelegateChannel((message, stop) => webhook.SendAsync(message with { Key = $"{message.Key}-{Guid.NewGuid()}" }, stop))
            : webhook;
        await using var platform = await CustomerPlatform.OpenAsync(path, new CustomerPlatformOptions
        {
            Clock = clock,
            CheckpointEveryRecords = 20_000,
            Channels = new Dictionary<string, IChannel> { ["webhook"] = channel },
            Retry = new RetryPolicy { AttemptsMax = int.MaxValue, DelayMax = TimeSpan.FromMinutes(1) },
        });
        await platform.DefineFlowAsync(Flow(port));
        platform.StartFlows();
        await StartRunsAsync(platform, next, runs, control == "early-acks");
        Console.WriteLine(last ? await FinishAsync(platform) : "done");
        return 0;
    }

    private static async Task StartRunsAsync(CustomerPlatform platform, int next, int runs, bool earlyAcks)
    {
        for (var first = next; first < next + runs; first += BatchSize)
        {
            var writes = Enumerable.Range(first, BatchSize).Select(Event).ToArray();
            if (earlyAcks)
            {
                Say(first);
            }

            await platform.WriteAsync(writes);
            if (!earlyAcks)
            {
                Say(first);
            }
        }
    }

    private static void Say(int first) => Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{first}."));

    private static async Task<string> FinishAsync(CustomerPlatform platform)
    {
        // Until its turn has come a run has not entered, and is not counted as running.
        _ = await platform.RunDueAsync();
        var stats = platform.FlowStats("crash");
        while (stats.Running + stats.Pending > 0)
        {
            await Task.Delay(50);
            stats = platform.FlowStats("crash");
        }

        return stats.Parked + stats.DeadLetters + stats.Failed > 0
            ? $"{stats.Parked} runs are parked, {stats.DeadLetters + stats.Failed} messages failed"
            : (await platform.VerifyAsync()).Problem ?? "ok";
    }

    private static CustomerWrite Event(int number)
    {
        return new CustomerEvent
        {
            Profile = [Identifier.ExternalId(string.Create(CultureInfo.InvariantCulture, $"u{number % 5000}"))],
            Metric = "A",
            UniqueId = number.ToString(CultureInfo.InvariantCulture),
            Properties = new PropertyMap { ["n"] = number },
        };
    }

    private static FlowDefinition Flow(int port)
    {
        SendWebhookStep Send(string id, string next) => new()
        {
            Id = id,
            Status = StepStatus.Live,
            Url = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/{id}"),
            Body = "{{ event.n }}",
            Next = next,
        };

        return new FlowDefinition
        {
            Name = "crash",
            Trigger = new MetricTrigger("A"),
            Entry = "one",
            Steps =
            [
                Send("one", "minute"),
                new TimeDelayStep { Id = "minute", Unit = DelayUnit.Minutes, Value = 1, Next = "two" },
                Send("two", "note"),
                new UpdateProfileStep
                {
                    Id = "note",
                    Status = StepStatus.Live,
                    Operations = [new ProfileOperation(ProfileOperationKind.Set, "done", true)],
                },
            ],
        };
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
