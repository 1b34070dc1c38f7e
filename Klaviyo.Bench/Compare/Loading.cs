using System.Diagnostics;
using Klaviyo.Bench.Compare.Data;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare;

/// <summary>Stores the whole history in a subject, in durable batches.</summary>
internal static class Loading
{
    /// <returns>The time that the subject took; the making of the batches is not in it.</returns>
    internal static async Task<TimeSpan> LoadAsync(Subject subject, string directory, SampleEvents events, int batchSize)
    {
        await subject.OpenAsync(directory, events);
        var taken = TimeSpan.Zero;
        for (var first = 0L; first < events.Count; first += SampleBatch.AheadMax / batchSize * batchSize)
        {
            var batches = SampleBatch.Of(events, first, batchSize);
            Collect();
            var started = Stopwatch.GetTimestamp();
            foreach (var batch in batches)
            {
                await subject.WriteAsync(batch);
            }

            taken += Stopwatch.GetElapsedTime(started);
        }

        await subject.SettleAsync();
        Check(subject, events, "after the loading");
        await ResendAsync(subject, events, batchSize);
        return taken;
    }

    internal static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }

    private static async Task ResendAsync(Subject subject, SampleEvents events, int batchSize)
    {
        if (subject.KeepsUnique)
        {
            await subject.WriteAsync(SampleBatch.Of(events, 0, batchSize)[0]);
            Check(subject, events, "after a batch was sent again");
        }
    }

    private static void Check(Subject subject, SampleEvents events, string when)
    {
        var count = subject.Count();
        if (count != events.Count)
        {
            throw new WrongAnswerException($"{subject.Name} holds {count} events {when}, not {events.Count}.");
        }
    }
}
