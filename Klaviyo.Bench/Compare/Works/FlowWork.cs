using System.Diagnostics;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>Runs in bulk: their transitions, the memory they wait in, all of them due at once, and their recovery.</summary>
internal sealed class FlowWork : Work
{
    private const int RunsMax = 1_000_000;

    internal override async Task RunAsync(CompareRun run)
    {
        var runs = (int)Math.Min(RunsMax, run.Events.Count);
        var bare = await BareBytesAsync(run, runs);
        var directory = run.NewDirectory("flow");
        long transitions;
        FlowStats stats;
        await using (var world = await FlowWorld.OpenWaitingAsync(directory, withFlow: true))
        {
            await world.TriggerAsync(runs);
            await world.Platform.CheckpointAsync();
            var entering = await TurnAsync(world);
            Add(run, "flow-waiting-bytes", runs, (Bytes(world) - bare) / (double)runs, "bytes/run", lessIsBetter: true);

            world.Clock!.Advance(TimeSpan.FromHours(1));
            var storm = await StormAsync(run, world, runs);
            world.Clock.Advance(TimeSpan.FromDays(1));
            var ending = await TurnAsync(world);
            transitions = entering.Transitions + storm.Transitions + ending.Transitions;
            await ReportAsync(run, runs, entering, ending);
            stats = world.Platform.FlowStats(FlowWorld.FlowName);
            Check(stats, runs);
        }

        await RecoverAsync(run, directory, runs, transitions, stats);
        await FlowLatency.MeasureAsync(run);
        await FlowLateness.MeasureAsync(run, 10_000);
        await FlowLateness.MeasureAsync(run, 100_000);
        await FlowIdle.MeasureAsync(run, runs);
        await FlowWaiting.MeasureAsync(run);
        await FlowBacktest.MeasureAsync(run);
    }

    // The same events without a flow: what is more with one belongs to the runs.
    private static async Task<long> BareBytesAsync(CompareRun run, int runs)
    {
        CompareRun.Say($"flow: {runs:N0} events without a flow");
        await using var world = await FlowWorld.OpenWaitingAsync(run.NewDirectory("flow-bare"), withFlow: false);
        await world.TriggerAsync(runs);
        await world.Platform.CheckpointAsync();
        return Bytes(world);
    }

    private static long Bytes(FlowWorld world)
    {
        Loading.Collect();
        return world.Platform.Stats().MemoryBytes;
    }

    private static async Task<FlowTurn> TurnAsync(FlowWorld world)
    {
        Loading.Collect();
        var log = world.Platform.Stats().LogBytes;
        var started = Stopwatch.GetTimestamp();
        var progress = await world.Platform.RunDueAsync();
        var taken = Stopwatch.GetElapsedTime(started);
        return new FlowTurn(progress.Transitions, taken, world.Platform.Stats().LogBytes - log);
    }

    private static async Task ReportAsync(CompareRun run, int runs, FlowTurn entering, FlowTurn ending)
    {
        var transitions = entering.Transitions + ending.Transitions;
        var taken = (entering.Taken + ending.Taken).TotalSeconds;
        var measured = new Measured("flow-transitions", "per second", lessIsBetter: false, runs);
        measured.Add(Subject.Ours, transitions / taken, "in and out, durable");
        if (run.Options.PeerNames.Contains(HangfireJobs.Name))
        {
            CompareRun.Say("flow: jobs of Hangfire on SQLite");
            var (perSecond, jobs) = await HangfireJobs.MeasureAsync(run.NewDirectory(HangfireJobs.Name));
            measured.Add(HangfireJobs.Name, perSecond, $"{jobs:N0} jobs on SQLite, three states each");
        }

        run.Add(measured);
        Add(
            run, "flow-transition-bytes", runs, (entering.LogBytes + ending.LogBytes) / (double)transitions, "bytes of log",
            lessIsBetter: true);
    }

    private static async Task<FlowTurn> StormAsync(CompareRun run, FlowWorld world, int runs)
    {
        using var ended = new CancellationTokenSource();
        var writing = Task.Run(() => PacedWriter.RunAsync(world.Platform, ended.Token));
        var storm = await TurnAsync(world);
        await ended.CancelAsync();
        var latencies = await writing;
        Add(run, "flow-storm", runs, runs / storm.Taken.TotalSeconds, "runs/s", lessIsBetter: false, "all due at once, beside ingest");
        Add(run, "flow-storm-ingest", runs, latencies.P99Us / 1000, "ms p99", lessIsBetter: true, "durable batches of 100 every 5 ms");
        return storm;
    }

    private static void Check(FlowStats stats, int runs)
    {
        if (stats.Entered != runs || stats.Running != 0)
        {
            throw new WrongAnswerException($"{stats.Entered} of {runs} runs entered, {stats.Running} have not ended.");
        }
    }

    // First with profiles, events and the triggered runs in a checkpoint, then with nothing but the log.
    private static async Task RecoverAsync(CompareRun run, string directory, int runs, long transitions, FlowStats before)
    {
        var (taken, records) = await RecoverAsync(directory, checkpoints: 1, before);
        Add(
            run, "flow-recovery", runs, transitions / taken.TotalSeconds, "per second", lessIsBetter: false,
            $"transitions, {records:N0} records behind a checkpoint with profiles and events, which is read too");
        (taken, records) = await RecoverAsync(directory, checkpoints: 0, before);
        Add(
            run, "flow-recovery-log", runs, transitions / taken.TotalSeconds, "per second", lessIsBetter: false,
            $"transitions; {records:N0} records with the profiles and events, from the log alone");
    }

    private static async Task<(TimeSpan Taken, long Records)> RecoverAsync(string directory, int checkpoints, FlowStats before)
    {
        FlowWorld.DeleteCheckpoints(directory, checkpoints);
        Loading.Collect();
        var started = Stopwatch.GetTimestamp();
        await using var world = await FlowWorld.OpenWaitingAsync(directory, withFlow: false);
        var taken = Stopwatch.GetElapsedTime(started);
        var after = world.Platform.FlowStats(FlowWorld.FlowName);
        return after.Entered == before.Entered && after.Running == before.Running
            ? (taken, world.Platform.RecordsReplayed)
            : throw new WrongAnswerException("The flow has other counts after its recovery.");
    }

    internal static void Add(
        CompareRun run, string work, int runs, double value, string unit, bool lessIsBetter, string note = "")
    {
        var measured = new Measured(work, unit, lessIsBetter, runs);
        measured.Add(Subject.Ours, value, note);
        run.Add(measured);
    }
}
