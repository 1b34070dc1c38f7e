using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace Klaviyo.Bench.Compare;

/// <summary>Rows as the tables of a page, with the machine and the day.</summary>
internal static class RowMarkdown
{
    internal static string Page(CompareRun run)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"{Machine()}; {run.Events.Count:N0} events of {run.Events.Profiles:N0} profiles.\n\n");
        var beside = run.Rows.GroupBy(r => r.Work).ToLookup(g => g.Count() > 1);
        page.Append("### Beside peers\n\n| work | subject | x ours | value | unit | note |\n|---|---|--:|--:|---|---|\n");
        foreach (var row in beside[true].SelectMany(g => g))
        {
            page.Append(CultureInfo.InvariantCulture, $"| {row.Work} | {row.Subject} | {Ratio(row)} | {RowTable.Number(row.Value)} | {row.Unit} | {row.Note} |\n");
        }

        page.Append("\n### Ours alone\n\n| work | value | unit | events | note |\n|---|--:|---|--:|---|\n");
        foreach (var row in beside[false].SelectMany(g => g))
        {
            page.Append(CultureInfo.InvariantCulture, $"| {row.Work} | {RowTable.Number(row.Value)} | {row.Unit} | {row.Events:N0} | {row.Note} |\n");
        }

        return page.ToString();
    }

    // Where ours loses is to be seen at a glance.
    private static string Ratio(CompareRow row) =>
        row.RatioToOurs < 1 ? $"**{RowTable.Number(row.RatioToOurs)}**" : RowTable.Number(row.RatioToOurs);

    private static string Machine()
    {
        var memoryGiB = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{DateTimeOffset.UtcNow:yyyy-MM-dd}, {Environment.ProcessorCount} cores, {memoryGiB:N0} GiB, "
            + $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}{Load()}, "
            + $"a random read of 256 MiB takes {RandomRead.Ns():N0} ns");
    }

    // How busy the machine was besides: three averages of runnable processes, where the system tells them.
    private static string Load()
    {
        const string file = "/proc/loadavg";
        return File.Exists(file) ? $", load {string.Join(' ', File.ReadAllText(file).Split(' ').Take(3))}" : "";
    }
}
