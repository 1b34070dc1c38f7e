using System.Diagnostics;
using Klaviyo;
using Klaviyo.Json;
using Spectre.Console;

namespace QuickStart.Chapters;

/// <summary>Defines a segment in Klaviyo's JSON, counts it, and asks why somebody is in it.</summary>
internal static class Segments
{
    private const int EvidenceMax = 3;

    internal static async Task ShowAsync(CustomerPlatform platform, Story story)
    {
        Chapter.Begin($"Segment \"{story.SegmentName}\"");
        var segment = SegmentJson.Parse(Definition.Read(story.SegmentFile));
        await platform.DefineSegmentAsync(story.SegmentName, segment);

        var watch = Stopwatch.StartNew();
        var members = platform.SegmentMembers(segment).ToList();
        AnsiConsole.MarkupLineInterpolated(
            $"[bold]{members.Count:N0}[/] of {platform.Stats().Profiles:N0} people are in it, found in {Chapter.Ms(watch.Elapsed)}.");
        if (members.Count > 0)
        {
            AnsiConsole.Write(Why(platform.ExplainSegment($"id:{members[0].Id}", segment)!, members[0].Email ?? members[0].ExternalId));
        }
    }

    private static Tree Why(SegmentExplanation explanation, string? who)
    {
        var until = explanation.FlipsAt is { } flip ? $"until {(Instant)flip}, if nothing happens" : "for as long as nothing happens";
        var tree = new Tree(Markup.FromInterpolated($"Why {who}? Member {until}."));
        tree.AddNode(Node(explanation.Why));
        return tree;
    }

    private static TreeNode Node(Explanation part)
    {
        var saw = part.Value.IsNull ? "" : $" (saw {part.Value})";
        var node = new TreeNode(Markup.FromInterpolated($"[green]{(part.Holds ? "yes" : "no")}[/]  {part.Condition}[grey]{saw}[/]"));
        node.AddNodes(part.Evidence.Take(EvidenceMax).Select(row => Markup.FromInterpolated($"[grey]{row.Time}  {row.Value:N2}[/]")));
        if (part.Evidence.Count > EvidenceMax)
        {
            node.AddNode(Markup.FromInterpolated($"[grey]… and {part.Evidence.Count - EvidenceMax:N0} more events[/]"));
        }

        node.AddNodes(part.Parts.Select(Node));
        return node;
    }
}
