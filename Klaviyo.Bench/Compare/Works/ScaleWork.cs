using Klaviyo.Bench.Compare.Data;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>Ingest and answers at many times more events and profiles: how much dearer each gets.</summary>
internal sealed class ScaleWork : Work
{
    private const int BatchSize = 4096;
    private const int Questions = 4000;

    internal override async Task RunAsync(CompareRun run)
    {
        var scale = run.Options.Scale;
        // Alone, the first pass would be that of code which is not compiled yet.
        _ = await MeasureAsync(run, run.Events);
        var small = await MeasureAsync(run, run.Events);
        var large = await MeasureAsync(run, new SampleEvents(run.Events.Count * scale, run.Events.Profiles * scale));
        Add(run, "scale-ingest", small.EventUs, large.EventUs, "us/event");
        Add(run, "scale-point", small.PointUs, large.PointUs, "us p50");
        Add(run, "scale-point-p99", small.PointP99Us, large.PointP99Us, "us p99");
    }

    private static async Task<(double EventUs, double PointUs, double PointP99Us)> MeasureAsync(
        CompareRun run, SampleEvents events)
    {
        CompareRun.Say($"scale: {events.Count:N0} events");
        var ours = new OurSubject();
        var directory = run.NewDirectory("scale");
        var time = await Loading.LoadAsync(ours, directory, events, BatchSize);
        var questions = PointQuestion.Some(events, Questions, onlyParis: false);
        var latencies = PointWork.Ask(run, events, questions, [ours])[ours];
        await ours.DisposeAsync();
        Directory.Delete(directory, recursive: true);
        return (1e6 / time.EventsPerSecond, latencies.P50OfRoundsUs, latencies.P99OfRoundsUs);
    }

    private static void Add(CompareRun run, string work, double small, double large, string unit)
    {
        var events = run.Events.Count * run.Options.Scale;
        var measured = new Measured(work, $"x at {run.Options.Scale}x", lessIsBetter: true, events);
        measured.Add(Subject.Ours, large / small, $"{small:N2} and {large:N2} {unit}");
        run.Add(measured);
    }
}
