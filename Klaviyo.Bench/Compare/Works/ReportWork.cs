using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>Revenue by month, and by a property of the event, over all profiles.</summary>
internal sealed class ReportWork : Work
{
    internal override async Task RunAsync(CompareRun run)
    {
        var subjects = await run.LoadedAsync();
        Measure(run, "report-month", ReportKind.RevenueByMonth, subjects);
        Measure(run, "report-property", ReportKind.RevenueByCategory, subjects);
    }

    private static void Measure(CompareRun run, string work, ReportKind kind, IReadOnlyList<Subject> subjects)
    {
        var ours = subjects.OfType<OurSubject>().Single().Report(kind);
        var able = new List<Subject>();
        foreach (var subject in subjects)
        {
            if (subject.Report(kind) is { } report)
            {
                Checking.Report($"{subject.Name}, {kind},", ours, report);
                able.Add(subject);
            }
        }

        run.Add(Repeated.Measure(run, work, able, subject => subject.Report(kind)));
    }
}
