using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>Three segments, each evaluated over all profiles.</summary>
internal sealed class SegmentWork : Work
{
    internal override async Task RunAsync(CompareRun run)
    {
        var subjects = await run.LoadedAsync();
        foreach (var kind in Enum.GetValues<SegmentKind>())
        {
            Measure(run, kind, subjects);
        }
    }

    private static void Measure(CompareRun run, SegmentKind kind, IReadOnlyList<Subject> subjects)
    {
        var answers = subjects.Select(s => (Subject: s, Count: s.CountSegment(kind))).Where(a => a.Count is not null).ToList();
        var ours = answers.Find(a => a.Subject is OurSubject).Count;
        foreach (var (subject, count) in answers)
        {
            if (count != ours)
            {
                throw new WrongAnswerException($"{subject.Name} counts {count} in {kind}, ours {ours}.");
            }
        }

        var measured = Repeated.Measure(
            run, $"segment-{(int)kind + 1}", [.. answers.Select(a => a.Subject)], s => s.CountSegment(kind), $"{kind}: {ours:N0} members");
        run.Add(measured);
    }
}
