using System.Diagnostics;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>A writer that sends a durable batch at fixed instants, whether or not the one before was quick.</summary>
/// <remarks>Where the writer is behind, latency counts from the instant at which the batch was due.</remarks>
internal static class PacedWriter
{
    private const int BatchSize = 100;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(5);

    internal static async Task<Latencies> RunAsync(CustomerPlatform platform, CancellationToken ended)
    {
        var batch = Enumerable.Range(0, BatchSize).Select(i => (CustomerWrite)FlowWorld.Event(i, "Viewed Product")).ToArray();
        var ticks = new List<long>();
        var started = Stopwatch.GetTimestamp();
        for (var i = 1; !ended.IsCancellationRequested; i++)
        {
            var due = started + (long)(i * Every.TotalSeconds * Stopwatch.Frequency);
            var early = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), due);
            var sent = due;
            if (early > TimeSpan.Zero)
            {
                // That a timer wakes late is not the store's doing.
                await Task.Delay(early, CancellationToken.None);
                sent = Stopwatch.GetTimestamp();
            }

            await platform.WriteAsync(batch, CancellationToken.None);
            ticks.Add(Stopwatch.GetTimestamp() - sent);
        }

        var latencies = new Latencies();
        latencies.AddRound([.. ticks]);
        return latencies;
    }
}
