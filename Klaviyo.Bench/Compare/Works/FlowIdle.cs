using System.Diagnostics;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>What runs that wait cost while nothing is due: the time that the process takes of a core.</summary>
internal static class FlowIdle
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(10);

    internal static async Task MeasureAsync(CompareRun run, int runs)
    {
        CompareRun.Say($"flow: {runs:N0} runs that wait, and nothing happens");
        await using var world = await FlowWorld.OpenWaitingAsync(run.NewDirectory("flow-idle"), withFlow: true, TimeProvider.System);
        await world.TriggerAsync(runs);
        await world.Platform.RunDueAsync();
        world.Platform.StartFlows();
        Loading.Collect();
        await Task.Delay(Settling);
        using var process = Process.GetCurrentProcess();
        var (began, before) = (Stopwatch.GetTimestamp(), process.TotalProcessorTime);
        await Task.Delay(Watched);
        process.Refresh();
        var share = (process.TotalProcessorTime - before) / Stopwatch.GetElapsedTime(began);
        var waiting = world.Platform.FlowStats(FlowWorld.FlowName).Running;
        if (waiting != runs)
        {
            throw new WrongAnswerException($"{waiting} of {runs} runs wait.");
        }

        FlowWork.Add(run, "flow-idle", runs, 100 * share, "% of a core", lessIsBetter: true, "the loop runs, nothing is due");
    }
}
