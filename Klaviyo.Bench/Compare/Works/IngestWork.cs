using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>The whole history in durable batches; every event is in the index when its batch is acknowledged.</summary>
internal sealed class IngestWork : Work
{
    private const int OursTimes = 3;

    internal override async Task RunAsync(CompareRun run)
    {
        await RunAsync(run, "ingest", 1000, keep: true);
        await RunAsync(run, "ingest-4096", 4096, keep: false);
    }

    private static async Task RunAsync(CompareRun run, string work, int batchSize, bool keep)
    {
        var measured = new Measured(work, "events/s", lessIsBetter: false, run.Events.Count);
        var ours = new List<double>();
        foreach (var subject in Order(run))
        {
            CompareRun.Say($"{work}: {subject.Name}");
            var directory = run.NewDirectory(subject.Name);
            var taken = await Loading.LoadAsync(subject, directory, run.Events, batchSize);
            var rate = run.Events.Count / taken.TotalSeconds;
            if (subject is OurSubject)
            {
                ours.Add(rate);
                CompareRun.Say($"{work}: ours {rate:N0} events/s");
            }
            else
            {
                measured.Add(subject.Name, rate, subject.Note);
            }

            if (keep && (subject is not OurSubject || ours.Count == OursTimes))
            {
                run.Keep(subject);
            }
            else
            {
                await subject.DisposeAsync();
                Directory.Delete(directory, recursive: true);
            }
        }

        measured.Add(Subject.Ours, Latencies.Median(ours), $"median of {OursTimes}, batches of {batchSize}");
        run.Add(measured);
    }

    // Ours runs at the beginning, in the middle and at the end, so that it meets the same noise as the peers.
    private static List<Subject> Order(CompareRun run)
    {
        var order = run.NewSubjects();
        order.Insert(0, new OurSubject());
        order.Add(new OurSubject());
        return order;
    }
}
