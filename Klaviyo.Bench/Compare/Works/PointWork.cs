using System.Diagnostics;
using Klaviyo.Bench.Compare.Data;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>Count and sum for one profile, one metric, last 30 days; without and with a filter on an event property.</summary>
internal sealed class PointWork : Work
{
    private const int Questions = 4000;
    private const int Rounds = 7;
    private static readonly TimeSpan RoundMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CheckMax = TimeSpan.FromSeconds(10);

    internal override async Task RunAsync(CompareRun run)
    {
        var subjects = await run.LoadedAsync();
        Measure(run, "point", PointQuestion.Some(run.Events, Questions, onlyParis: false), subjects);
        Measure(run, "point-filter", PointQuestion.Some(run.Events, Questions, onlyParis: true), subjects);
    }

    /// <summary>Asks everything once, compares with the right answers, then asks again, after a warm-up with a clock.</summary>
    internal static IReadOnlyDictionary<Subject, Latencies> Ask(
        CompareRun run, SampleEvents events, PointQuestion[] questions, IReadOnlyList<Subject> subjects)
    {
        var answers = events.Answers(questions);
        foreach (var subject in subjects)
        {
            CompareRun.Say($"point: checks {subject.Name}");
            Checking.Point(subject, questions, answers, CheckMax);
            WarmUp.Run(() => Time(subject, questions));
        }

        var latencies = subjects.ToDictionary(s => s, _ => new Latencies());
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var subject in run.Rotated(subjects))
            {
                Loading.Collect();
                latencies[subject].AddRound(Time(subject, questions));
            }
        }

        return latencies;
    }

    private static void Measure(
        CompareRun run, string work, PointQuestion[] questions, IReadOnlyList<Subject> subjects)
    {
        var latencies = Ask(run, run.Events, questions, subjects);
        var p50 = new Measured(work, "us p50", lessIsBetter: true, run.Events.Count);
        var p99 = new Measured($"{work}-p99", "us p99", lessIsBetter: true, run.Events.Count);
        foreach (var subject in subjects)
        {
            p50.Add(subject.Name, latencies[subject].P50OfRoundsUs);
            p99.Add(subject.Name, latencies[subject].P99OfRoundsUs);
        }

        run.Add(p50);
        run.Add(p99);
        var allocated = new Measured($"{work}-allocated", "bytes/call", lessIsBetter: true, run.Events.Count);
        allocated.Add(Subject.Ours, Allocated(subjects.OfType<OurSubject>().Single(), questions));
        run.Add(allocated);
    }

    private static long[] Time(Subject subject, PointQuestion[] questions)
    {
        var ticks = new List<long>(questions.Length);
        var started = Stopwatch.GetTimestamp();
        foreach (var question in questions)
        {
            var before = Stopwatch.GetTimestamp();
            _ = subject.Point(question);
            var after = Stopwatch.GetTimestamp();
            ticks.Add(after - before);
            if (Stopwatch.GetElapsedTime(started, after) > RoundMax)
            {
                break;
            }
        }

        return [.. ticks];
    }

    private static double Allocated(OurSubject ours, PointQuestion[] questions)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        foreach (var question in questions)
        {
            _ = ours.Point(question);
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)questions.Length;
    }
}
