using System.Diagnostics;
using System.Globalization;
using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>Ten million runs that wait, in a process of its own: what they take, and what arming and cancelling one takes.</summary>
/// <remarks>The state of a lane alone, without its store: profiles and events are measured elsewhere.</remarks>
internal static class FlowWaiting
{
    private const int Runs = 10_000_000;
    private const int Touched = 1_000_000;
    private const int Rounds = 5;
    private const long DelaysMs = 30L * 86_400_000;

    /// <summary>Prints bytes a run, nanoseconds for arming, nanoseconds for cancelling, transitions replayed a second.</summary>
    internal static int Child()
    {
        var before = ProcessBytes();
        var (state, random) = (new LaneState(), new Random(1));
        var start = Instant.Parse("2026-03-02T09:00:00Z");
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Runs; i++)
        {
            Begin(state, i, start, start.PlusMs(random.NextInt64(DelaysMs)));
        }

        state.RunTimers.NextWake();
        var replayed = Runs * 3 / Stopwatch.GetElapsedTime(started).TotalSeconds;
        var bytes = (ProcessBytes() - before) / (double)Runs;
        var slots = Enumerable.Range(0, Touched).Select(_ => random.Next(Runs)).ToArray();
        var dues = Array.ConvertAll(slots, _ => start.PlusMs(random.NextInt64(DelaysMs)).UnixMs);
        var (cancelling, arming) = (new double[Rounds], new double[Rounds]);
        for (var round = 0; round < Rounds; round++)
        {
            cancelling[round] = Time(slots.Length, i => state.RunTimers.Disarm(slots[i]));
            arming[round] = Time(slots.Length, i =>
            {
                state.Runs.Change(slots[i]).DueMs = dues[i];
                state.RunTimers.Arm(slots[i]);
            });
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{bytes:0.0} {Latencies.Median(arming):0.0} {Latencies.Median(cancelling):0.0} {replayed:0}"));
        return 0;
    }

    internal static async Task MeasureAsync(CompareRun run)
    {
        CompareRun.Say($"flow: {Runs:N0} runs that wait, in a process of its own");
        string[] args = [typeof(FlowWaiting).Assembly.Location, "compare-waiting"];
        using var process = Process.Start(new ProcessStartInfo("dotnet", args) { RedirectStandardOutput = true })!;
        var line = await process.StandardOutput.ReadLineAsync();
        await process.WaitForExitAsync();
        var values = (line ?? throw new InvalidOperationException($"The process ended with {process.ExitCode}."))
            .Split(' ').Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray();
        FlowWork.Add(run, "flow-waiting-10m", Runs, values[0], "bytes/run", lessIsBetter: true, "growth of a process of its own");
        FlowWork.Add(run, "flow-arm", Runs, values[1], "ns", lessIsBetter: true, "one of 10,000,000, at random");
        FlowWork.Add(run, "flow-cancel", Runs, values[2], "ns", lessIsBetter: true, "one of 10,000,000, at random");
        FlowWork.Add(
            run, "flow-fold", Runs, values[3], "per second", lessIsBetter: false,
            "transitions taken in by the state alone, timers built at the end, as an opening does");
    }

    private static void Begin(LaneState state, int i, Instant start, Instant due)
    {
        var trigger = new Transition
        {
            Kind = DecisionKind.Trigger,
            Slot = i,
            Run = i + 1,
            Seq = 1,
            At = start,
            Due = start,
            From = FlowGraph.End,
            To = FlowGraph.End,
            Start = new RunStart(0, 1, i, new EventId(i)),
        };
        state.Apply(trigger);
        state.Apply(trigger with { Kind = DecisionKind.Enter, Seq = 2, To = 0, Start = default });
        state.Apply(trigger with { Kind = DecisionKind.Wait, Seq = 3, From = 0, To = 0, Due = due, Start = default });
    }

    private static double Time(int count, Action<int> act)
    {
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            act(i);
        }

        return Stopwatch.GetElapsedTime(started).TotalNanoseconds / count;
    }

    private static long ProcessBytes()
    {
        Loading.Collect();
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }
}
