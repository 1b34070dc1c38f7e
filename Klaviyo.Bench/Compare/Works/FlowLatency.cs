using System.Diagnostics;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>From the arrival of an event to the release of its message, which waits until the decision is durable.</summary>
internal static class FlowLatency
{
    private const int EventsPerSecond = 50_000;
    private const int WarmSeconds = 2;
    private const int Seconds = 4;

    internal static async Task MeasureAsync(CompareRun run)
    {
        var writes = Enumerable.Range(0, EventsPerSecond * (WarmSeconds + Seconds)).Select(i => (CustomerWrite)FlowWorld.Event(i)).ToArray();

        // By profile, which are numbered in the order in which they come. Nothing that the garbage collector would have to look at.
        var (released, count) = (new long[writes.Length], 0);
        await using var world = await FlowWorld.OpenSendingAsync(run.NewDirectory("flow-latency"), message =>
        {
            released[NumberOf(message.Profile)] = Stopwatch.GetTimestamp();
            Interlocked.Increment(ref count);
        });
        world.Platform.StartFlows();
        Loading.Collect();
        var arrived = await Task.Factory.StartNew(
            () => Send(world.Platform, writes), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        var sending = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref count) < writes.Length && Stopwatch.GetElapsedTime(sending) < TimeSpan.FromSeconds(60))
        {
            await Task.Delay(10);
        }

        Report(run, arrived, released);
    }

    // The lane takes the lowest byte.
    private static int NumberOf(ProfileId profile) => (int)(profile.Value >> 8);

    // An event counts as arrived when it was due to be sent, so that a store that falls behind cannot hide it.
    private static (ProfileId Profile, long At)[] Send(CustomerPlatform platform, CustomerWrite[] writes)
    {
        var arrived = new (ProfileId Profile, long At)[writes.Length];
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < writes.Length; i++)
        {
            var due = started + (i * Stopwatch.Frequency / EventsPerSecond);
            while (Stopwatch.GetTimestamp() < due)
            {
                Thread.Sleep(1);
            }

            arrived[i] = (platform.Apply(writes[i]).Profile, due);
        }

        return arrived;
    }

    private static void Report(CompareRun run, (ProfileId Profile, long At)[] arrived, long[] released)
    {
        var latencies = new Latencies();
        latencies.AddRound(Array.ConvertAll(arrived[(EventsPerSecond * WarmSeconds)..], a => released[NumberOf(a.Profile)] is > 0 and var at
            ? at - a.At
            : throw new WrongAnswerException($"{released.Count(r => r == 0)} messages were not released.")));
        var note = $"from arrival to release at {EventsPerSecond:N0} events/s, after {WarmSeconds} s to warm up";
        Add("flow-latency", latencies.P50Us / 1000, "ms p50");
        Add("flow-latency-p99", latencies.P99Us / 1000, "ms p99");

        void Add(string work, double value, string unit)
        {
            var measured = new Measured(work, unit, lessIsBetter: true, arrived.Length);
            measured.Add(Subject.Ours, value, note);
            run.Add(measured);
        }
    }
}
