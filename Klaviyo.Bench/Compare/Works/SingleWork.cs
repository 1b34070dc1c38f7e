using System.Diagnostics;
using Klaviyo.Bench.Compare.Data;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>One durable event after the other, beside writes of 512 bytes to a plain file.</summary>
internal sealed class SingleWork : Work
{
    // Many short rounds, because the disk of a shared machine is quick in one second and slow in the next.
    private const int Rounds = 60;
    private const int WritesARound = 15;
    private static readonly TimeSpan SubjectMax = TimeSpan.FromSeconds(10);

    internal override async Task RunAsync(CompareRun run)
    {
        var subjects = await run.LoadedAsync();
        using var flushed = RawAppend.Flushed(run.NewDirectory("raw"));
        using var writeThrough = RawAppend.WriteThrough(run.NewDirectory("raw"));
        using var inPlace = RawAppend.InPlace(run.NewDirectory("raw"));
        var writers = subjects
            .Select(s => (s.Name, Write: (Func<SampleBatch, ValueTask>)s.WriteAsync))
            .Append((Name: "raw-append", flushed.WriteAsync))
            .Append((Name: "raw-osync", writeThrough.WriteAsync))
            .Append((Name: "raw-in-place", inPlace.WriteAsync))
            .ToArray();
        var latencies = writers.ToDictionary(w => w.Name, _ => new Latencies());
        for (var round = 0; round < Rounds; round++)
        {
            Loading.Collect();
            foreach (var (name, write) in run.Rotated(writers).Where(w => latencies[w.Name].Total < SubjectMax))
            {
                // On a thread of the pool, as ours does its writing: the thread that made the events has used up its share
                // of a busy processor, and would wait longer for it after each write.
                var batches = run.LaterBatches(WritesARound);
                latencies[name].AddRound(await Task.Run(() => TimeAsync(write, batches)));
            }
        }

        Report(run, latencies);
    }

    private static void Report(CompareRun run, Dictionary<string, Latencies> latencies)
    {
        var p50 = new Measured("single", "us p50", lessIsBetter: true, run.Events.Count);
        var p99 = new Measured("single-p99", "us p99", lessIsBetter: true, run.Events.Count);
        foreach (var (name, latency) in latencies)
        {
            p50.Add(name, latency.P50Us);
            p99.Add(name, latency.P99Us);
        }

        run.Add(p50);
        run.Add(p99);
    }

    private static async Task<long[]> TimeAsync(Func<SampleBatch, ValueTask> write, SampleBatch[] batches)
    {
        var ticks = new long[batches.Length];
        for (var i = 0; i < ticks.Length; i++)
        {
            var before = Stopwatch.GetTimestamp();
            await write(batches[i]);
            ticks[i] = Stopwatch.GetTimestamp() - before;
        }

        return ticks;
    }
}
