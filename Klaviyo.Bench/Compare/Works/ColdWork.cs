using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>Answers about profiles that are not in memory: there are none, as long as all stay there.</summary>
internal sealed class ColdWork : Work
{
    internal override Task RunAsync(CompareRun run)
    {
        var measured = new Measured("cold", "us p99", lessIsBetter: true, run.Events.Count);
        measured.Add(Subject.Ours, null, "not yet: cold profiles stay in memory");
        run.Add(measured);
        return Task.CompletedTask;
    }
}
