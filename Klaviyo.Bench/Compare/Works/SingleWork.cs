using System.Diagnostics;
using Klaviyo.Bench.Compare.Data;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>One durable event after the other, beside appends of 512 bytes to a plain file; then 256 writers at a time.</summary>
internal sealed class SingleWork : Work
{
    private const int Writers = 256;
    private const int Rounds = 9;
    private const int WritesARound = 100;
    private static readonly TimeSpan RoundMax = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan WritersFor = TimeSpan.FromSeconds(2);

    internal override async Task RunAsync(CompareRun run)
    {
        var subjects = await run.LoadedAsync();
        await OneAfterTheOtherAsync(run, subjects);
        await ManyAtATimeAsync(run, subjects);
    }

    private static async Task OneAfterTheOtherAsync(CompareRun run, IReadOnlyList<Subject> subjects)
    {
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
            foreach (var (name, write) in run.Rotated(writers))
            {
                var batches = run.LaterBatches(WritesARound);
                Loading.Collect();
                latencies[name].AddRound(await TimeAsync(write, batches));
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
        var ticks = new List<long>(batches.Length);
        var started = Stopwatch.GetTimestamp();
        foreach (var batch in batches)
        {
            var before = Stopwatch.GetTimestamp();
            await write(batch);
            var after = Stopwatch.GetTimestamp();
            ticks.Add(after - before);
            if (Stopwatch.GetElapsedTime(started, after) > RoundMax)
            {
                break;
            }
        }

        return [.. ticks];
    }

    private static async Task ManyAtATimeAsync(CompareRun run, IReadOnlyList<Subject> subjects)
    {
        const int rounds = 3;
        var rates = subjects.ToDictionary(s => s, _ => new List<double>());
        for (var round = 0; round < rounds; round++)
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
