using System.Diagnostics;
using Klaviyo.Bench.Compare.Data;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare;

/// <summary>Stores the whole history in a subject, in durable batches.</summary>
internal static class Loading
{
    // What a slow subject has not stored by then it gets in batches as large as can be, without a clock.
    private static readonly TimeSpan MeasuredMax = TimeSpan.FromSeconds(60);

    /// <returns>The time that the subject took; the making of the batches is not in it.</returns>
    internal static async Task<LoadTime> LoadAsync(Subject subject, string directory, SampleEvents events, int batchSize)
    {
        await subject.OpenAsync(directory, events);
        var (stored, taken) = (0L, TimeSpan.Zero);
        while (stored < events.Count && taken < MeasuredMax)
        {
            var batches = SampleBatch.Of(events, stored, batchSize);
            Collect();
            var (count, time) = await StoreAsync(subject, batches, MeasuredMax - taken);
            stored += count;
            taken += time;
        }

        var measured = new LoadTime(stored, taken, stored < events.Count ? $"the first {stored:N0} events only" : "");
        await LoadRestAsync(subject, events, stored);
        await subject.SettleAsync();
        Checking.Count(subject, events, "after the loading");
        Checking.Samples(subject, events);
        await ResendAsync(subject, events, batchSize);
        return measured;
    }

    internal static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    private static async Task<(long Events, TimeSpan Taken)> StoreAsync(
        Subject subject, List<SampleBatch> batches, TimeSpan takenMax)
    {
        var count = 0L;
        var started = Stopwatch.GetTimestamp();
        foreach (var batch in batches)
        {
            await subject.WriteAsync(batch);
            count += batch.Writes.Length;
            if (Stopwatch.GetElapsedTime(started) > takenMax)
            {
                break;
            }
        }

        return (count, Stopwatch.GetElapsedTime(started));
    }

    private static async Task LoadRestAsync(Subject subject, SampleEvents events, long stored)
    {
        const int batchSize = 100_000;
        while (stored < events.Count)
        {
            foreach (var batch in SampleBatch.Of(events, stored, batchSize))
            {
                CompareRun.Say($"{subject.Name} has stored {stored:N0} events; the rest is not measured");
                await subject.WriteAsync(batch);
                stored += batch.Writes.Length;
            }
        }
    }

    private static async Task ResendAsync(Subject subject, SampleEvents events, int batchSize)
    {
        if (subject.KeepsUnique)
        {
            await subject.WriteAsync(SampleBatch.Of(events, 0, batchSize)[0]);
            Checking.Count(subject, events, "after a batch was sent again");
        }
    }
}
