namespace Klaviyo.Bench.Compare.Works;

/// <summary>How late runs wake whose delays end evenly spread over some seconds, under a clock that runs.</summary>
/// <remarks>From the instant at which a delay ended until somebody who listens hears, durable, that the run went on.</remarks>
internal static class FlowLateness
{
    private const int Seconds = 4;
    private const int MillisecondsInSecond = 1000;
    private static readonly TimeSpan Lead = TimeSpan.FromSeconds(1);

    internal static async Task MeasureAsync(CompareRun run, int duePerSecond)
    {
        CompareRun.Say($"flow: {duePerSecond:N0} runs due a second, for {Seconds} seconds");
        var clock = new PacedClock(FlowWorld.Start);
        await using var world = await FlowWorld.OpenWaitingAsync(run.NewDirectory($"flow-lateness-{duePerSecond}"), withFlow: true, clock);
        var inMillisecond = duePerSecond / MillisecondsInSecond;
        for (var ms = 0; ms < Seconds * MillisecondsInSecond; ms++)
        {
            clock.Set(FlowWorld.Start.AddMilliseconds(ms));
            await world.TriggerAsync(ms * inMillisecond, inMillisecond);
        }

        await world.Platform.RunDueAsync();
        var decisions = world.Platform.Decisions();
        Loading.Collect();
        clock.Set(FlowWorld.Start.AddHours(1) - Lead);
        clock.LetGo();
        world.Platform.StartFlows();
        var late = await ListenAsync(decisions, duePerSecond * Seconds, clock);
        var latencies = new Latencies();
        latencies.AddRound(late);
        FlowWork.Add(
            run, $"flow-lateness-{duePerSecond / MillisecondsInSecond}k", duePerSecond * Seconds, latencies.P99Us / 1000, "ms p99",
            lessIsBetter: true, $"{duePerSecond:N0} due a second, until durable; p50 {latencies.P50Us / 1000:0.0} ms");
    }

    private static async Task<long[]> ListenAsync(IAsyncEnumerable<FlowDecision> decisions, int runs, PacedClock clock)
    {
        var late = new List<long>(runs);
        await foreach (var decision in decisions)
        {
            if (decision.Kind == DecisionKind.Resume)
            {
                late.Add((clock.GetUtcNow() - decision.At.ToDateTimeOffset()).Ticks * System.Diagnostics.Stopwatch.Frequency / TimeSpan.TicksPerSecond);
            }

            if (late.Count == runs)
            {
                break;
            }
        }

        return [.. late];
    }
}
