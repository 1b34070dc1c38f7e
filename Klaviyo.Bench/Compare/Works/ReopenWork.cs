using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>Opening the store in a new process: after it was closed, and after its process was killed.</summary>
internal sealed class ReopenWork : Work
{
    internal override async Task RunAsync(CompareRun run)
    {
        await MeasureAsync(run, "reopen-closed", kill: false);
        await MeasureAsync(run, "reopen-killed", kill: true);
    }

    private static async Task MeasureAsync(CompareRun run, string work, bool kill)
    {
        var directory = run.NewDirectory(work);
        await Child.LoadAsync(directory, run.Options, kill);
        var opened = await Child.OpenAsync(directory, run.Options);
        if (opened.Events != run.Events.Count)
        {
            throw new WrongAnswerException($"ours holds {opened.Events} events after {work}, not {run.Events.Count}.");
        }

        var measured = new Measured(work, "ms", lessIsBetter: true, run.Events.Count);
        measured.Add(Subject.Ours, opened.OpenUs / 1000.0, $"{opened.RecordsReplayed:N0} records replayed, file cache warm");
        run.Add(measured);
        Directory.Delete(directory, recursive: true);
    }
}
