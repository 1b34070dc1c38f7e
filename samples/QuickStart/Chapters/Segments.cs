using System.Diagnostics;
using Klaviyo;
using Klaviyo.Json;
using Spectre.Console;

namespace QuickStart.Chapters;

/// <summary>Defines a segment in Klaviyo's JSON, counts it, and asks why somebody is in it.</summary>
internal static class Segments
{
    private const int EvidenceMax = 3;
    private static readonly Style Grey = new(Color.Grey);

    internal static async Task ShowAsync(CustomerPlatform platform, Story story)
    {
        Chapter.Begin($"Segment \"{story.SegmentName}\"");
        var segment = SegmentJson.Parse(Definition.Read(story.SegmentFile));
        await platform.DefineSegmentAsync(story.SegmentName, segment);

        var watch = Stopwatch.StartNew();
        var members = platform.SegmentMembers(segment).ToList();
        var (took, people) = (Chapter.Ms(watch.Elapsed), platform.Stats().Profiles);
        AnsiConsole.MarkupLineInterpolated($"[bold]{members.Count:N0}[/] of {people:N0} people, found in {took}.");
        if (members is [var first, ..])
        {
            var explanation = platform.ExplainSegment($"id:{first.Id}", segment)!;
            AnsiConsole.Write(Why(explanation, first.Email ?? first.ExternalId));
        }
    }

    private static Tree Why(SegmentExplanation explanation, string? who)
    {
        var until = explanation.FlipsAt is { } flip ? $"until {flip}" : "for ever";
        var tree = new Tree(Markup.FromInterpolated($"Why {who}? A member {until} if nothing happens."));
        tree.AddNode(Node(explanation.Why));
        return tree;
    }

    private static TreeNode Node(Explanation part)
    {
        var holds = part.Holds ? "yes" : "no";
        var saw = part.Value.IsNull ? "" : $" (saw {part.Value})";
        var node = new TreeNode(Markup.FromInterpolated($"[green]{holds}[/]  {part.Condition}[grey]{saw}[/]"));
        node.AddNodes(part.Evidence.Take(EvidenceMax).Select(row => new Text($"{row.Time}  {row.Value:N2}", Grey)));
        if (part.Evidence.Count > EvidenceMax)
        {
            node.AddNode(new Text($"… and {part.Evidence.Count - EvidenceMax:N0} more events", Grey));
        }

        node.AddNodes(part.Parts.Select(Node));
        return node;
    }
}
