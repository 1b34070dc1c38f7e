using System.Diagnostics;
using Klaviyo;
using Spectre.Console;

namespace QuickStart.Chapters;

/// <summary>Adds up a metric over everybody, by month.</summary>
internal static class Revenue
{
    internal static void Show(CustomerPlatform platform, Story story)
    {
        Chapter.Begin("Revenue by month");
        var watch = Stopwatch.StartNew();
        var months = platform.MetricSeries(story.Metric, TimeUnit.Month);
        var took = watch.Elapsed;
        var chart = new BarChart().Width(72).UseValueFormatter(story.Money);
        foreach (var month in months)
        {
            chart.AddItem($"{platform.Zone.ToLocal(month.Start):yyyy-MM}", Math.Round(month.Sum), Color.SteelBlue1);
        }

        AnsiConsole.Write(chart);
        AnsiConsole.WriteLine($"{months.Sum(month => month.Count):N0} {story.Things}, added up in {Chapter.Ms(took)}.");
    }
}
