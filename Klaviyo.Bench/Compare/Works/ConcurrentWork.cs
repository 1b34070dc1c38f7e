using System.Diagnostics;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>256 writers at a time, each waiting for its event to be durable before it sends the next.</summary>
internal sealed class ConcurrentWork : Work
{
    private const int Writers = 256;
    private const int Rounds = 3;
    private static readonly TimeSpan WritersFor = TimeSpan.FromSeconds(2);

    internal override async Task RunAsync(CompareRun run)
    {
        var subjects = await run.LoadedAsync();
        var rates = subjects.ToDictionary(s => s, _ => new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var subject in run.Rotated(subjects))
            {
                CompareRun.Say($"concurrent: {subject.Name}");
                rates[subject].Add(await RateAsync(run, subject));
            }
        }

        var measured = new Measured("concurrent", "events/s", lessIsBetter: false, run.Events.Count);
        foreach (var subject in subjects)
        {
            measured.Add(subject.Name, Latencies.Median(rates[subject]), $"{Writers} writers, one event each");
        }

        run.Add(measured);
    }

    private static async Task<double> RateAsync(CompareRun run, Subject subject)
    {
        var batches = run.LaterBatches(1 << 18);
        Loading.Collect();
        var next = -1;
        var before = subject.Count();
        var started = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => subject.RunWriterAsync(WriteUntilTheEndAsync)));
        var taken = Stopwatch.GetElapsedTime(started);
        return (subject.Count() - before) / taken.TotalSeconds;

        async ValueTask WriteUntilTheEndAsync()
        {
            while (Stopwatch.GetElapsedTime(started) < WritersFor && Interlocked.Increment(ref next) is var i && i < batches.Length)
            {
                await subject.WriteAsync(batches[i]);
            }
        }
    }
}
