using System.Diagnostics;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>A writer that sends a durable batch at fixed instants, whether or not the one before was quick.</summary>
/// <remarks>Where the writer is behind, latency counts from the instant at which the batch was due.</remarks>
internal static class PacedWriter
{
    private const int BatchSize = 100;
    private const int People = 50_000;
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(5);

    internal static async Task<Latencies> RunAsync(CustomerPlatform platform, CancellationToken ended)
    {
        // Each time other people, as in life: a hundred of them alone would have their histories grow all at the same instants.
        var events = Enumerable.Range(0, People).Select(i => (CustomerWrite)FlowWorld.Event(i, "Viewed Product")).ToArray();
        Loading.Collect();
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

            await platform.WriteAsync(new ArraySegment<CustomerWrite>(events, i * BatchSize % People, BatchSize), CancellationToken.None);
            ticks.Add(Stopwatch.GetTimestamp() - sent);
        }

        var latencies = new Latencies();
        latencies.AddRound([.. ticks]);
        return latencies;
    }
}
