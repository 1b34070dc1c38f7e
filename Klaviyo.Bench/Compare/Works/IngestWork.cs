using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>The whole history in durable batches; every event is in the index when its batch is acknowledged.</summary>
internal sealed class IngestWork : Work
{
    private const int Rounds = 3;

    // A subject that has taken so long is not asked to do it all again.
    private static readonly TimeSpan RepeatMax = TimeSpan.FromSeconds(15);

    internal override async Task RunAsync(CompareRun run)
    {
        await RunAsync(run, "ingest", 1000);
        await RunAsync(run, "ingest-4096", 4096);
        await RunAsync(run, "ingest-16384", 16384);
    }

    private static async Task RunAsync(CompareRun run, string work, int batchSize)
    {
        var results = NewSubjects(run).ToDictionary(s => s.Name, s => new IngestResult(s));
        var names = results.Keys.ToArray();
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var result in run.Rotated(names).Select(n => results[n]).Where(r => r.Taken < RepeatMax))
            {
                var subject = round == 0 ? result.Subject : NewSubjects(run).Single(s => s.Name == result.Subject.Name);
                result.Add(await LoadAsync(run, work, subject, batchSize));
            }
        }

        var measured = new Measured(work, "events/s", lessIsBetter: false, run.Events.Count);
        foreach (var result in results.Values)
        {
            measured.Add(result.Subject.Name, result.EventsPerSecond, result.Note);
        }

        run.Add(measured);
    }

    private static async Task<LoadTime> LoadAsync(CompareRun run, string work, Subject subject, int batchSize)
    {
        var directory = run.NewDirectory(subject.Name);
        var time = await Loading.LoadAsync(subject, directory, run.Events, batchSize);
        CompareRun.Say($"{work}: {subject.Name} {time.EventsPerSecond:N0} events/s");
        if (!run.TryKeep(subject))
        {
            await subject.DisposeAsync();
            Directory.Delete(directory, recursive: true);
        }

        return time;
    }

    private static IEnumerable<Subject> NewSubjects(CompareRun run) =>
        run.NewSubjects().Concat(PeerList.OfIngest(run.Options.PeerNames));
}
