using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>What the repetitions of one subject took.</summary>
internal sealed class IngestResult(Subject subject)
{
    private readonly List<LoadTime> _times = [];

    internal Subject Subject => subject;

    internal TimeSpan Taken => _times.Aggregate(TimeSpan.Zero, (sum, t) => sum + t.Taken);

    internal double EventsPerSecond => Latencies.Median(_times.Select(t => t.EventsPerSecond));

    internal string Note => string.Join(
        "; ", new[] { $"median of {_times.Count}", _times[0].Note, subject.Note }.Where(n => n.Length > 0));

    internal void Add(LoadTime time) => _times.Add(time);
}
