using System.Diagnostics;
using Klaviyo;
using Spectre.Console;

namespace QuickStart.Chapters;

/// <summary>Asks what one customer did, and how long the answer takes.</summary>
internal static class Totals
{
    private const int Calls = 2001;

    internal static void Show(CustomerPlatform platform, Story story)
    {
        Chapter.Begin($"What did {story.Customer} buy?");
        var table = new Table().RoundedBorder();
        table.AddColumns("In the last", "Count of " + story.Things, "Sum", "Largest", "Answered in");
        foreach (var days in (int[])[1, 7, 30, 365])
        {
            var query = new AggregateQuery
            {
                Metric = story.Metric,
                Measures = ["count", "sum", "max"],
                Window = new RelativeDateFilter(RelativeDateOperator.InTheLast, days, TimeUnit.Day),
            };
            var values = platform.Aggregate(story.Customer, query).Values;
            table.AddRow(
                days == 1 ? "day" : $"{days} days",
                values[0].ToString(),
                story.Money(values[1].AsNumber()),
                values[2].IsNull ? "" : story.Money(values[2].AsNumber()),
                $"{MedianMicroseconds(() => platform.Aggregate(story.Customer, query)):N1} µs");
        }

        AnsiConsole.Write(table);
    }

    private static double MedianMicroseconds(Action call)
    {
        var times = new double[Calls];
        for (var i = 0; i < Calls; i++)
        {
            var started = Stopwatch.GetTimestamp();
            call();
            times[i] = Stopwatch.GetElapsedTime(started).TotalMicroseconds;
        }

        Array.Sort(times);
        return times[Calls / 2];
    }
}
