using System.Diagnostics;
using Klaviyo;
using Klaviyo.Json;
using Spectre.Console;

namespace QuickStart.Chapters;

/// <summary>Runs a flow over the year on a virtual clock: what it would have done, and what not, and why.</summary>
internal static class Simulation
{
    internal static async Task ShowAsync(CustomerPlatform platform, Story story)
    {
        var flow = FlowJson.Parse(Definition.Read(story.FlowFile));
        Chapter.Begin($"Flow \"{flow.Name}\", simulated over the year");
        var watch = Stopwatch.StartNew();
        var counts = new Dictionary<(string Step, string Decision, string Reason), int>();
        await foreach (var decision in platform.SimulateFlowAsync(flow, story.From, story.Until))
        {
            var key = (decision.Step, decision.Decision, decision.Reason);
            counts[key] = counts.GetValueOrDefault(key) + 1;
        }

        var table = new Table().RoundedBorder().AddColumns("Step", "Decision", "Reason", "Times");
        foreach (var ((step, decision, reason), times) in counts.OrderBy(c => c.Key))
        {
            table.AddRow(new Text(step), new Text(decision), new Text(reason), new Text($"{times:N0}").RightJustified());
        }

        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"Simulated in {Chapter.Ms(watch.Elapsed)}; nothing was sent, nothing was changed.");
    }
}
