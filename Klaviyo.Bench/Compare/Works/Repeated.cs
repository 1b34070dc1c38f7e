using System.Diagnostics;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>Questions that take long enough to be timed one by one: the median of a few repetitions, after a warm-up.</summary>
internal static class Repeated
{
    private const int Times = 5;

    internal static Measured Measure(
        CompareRun run, string work, IReadOnlyList<Subject> subjects, Func<Subject, object?> ask, string note = "")
    {
        foreach (var subject in subjects)
        {
            WarmUp.Run(() => ask(subject));
        }

        var taken = subjects.ToDictionary(s => s, _ => new List<double>());
        for (var i = 0; i < Times; i++)
        {
            foreach (var subject in run.Rotated(subjects))
            {
                Loading.Collect();
                var started = Stopwatch.GetTimestamp();
                _ = ask(subject);
                taken[subject].Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            }
        }

        var measured = new Measured(work, "ms", lessIsBetter: true, run.Events.Count);
        foreach (var (subject, ms) in taken)
        {
            measured.Add(subject.Name, Latencies.Median(ms), subject is OurSubject ? note : "");
        }

        return measured;
    }
}
