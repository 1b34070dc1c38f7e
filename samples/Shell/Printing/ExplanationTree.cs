using Spectre.Console;

namespace Klaviyo.Samples;

/// <summary>Shows a person why a profile is in a segment or not.</summary>
internal static class ExplanationTree
{
    private const int EvidenceMax = 5;

    internal static Tree Of(SegmentExplanation explanation)
    {
        var verdict = explanation.Member ? "is a member" : "is no member";
        var until = explanation.FlipsAt is { } flip ? $"until {flip}"
            : explanation.NoFlipBefore is { } searched ? $"at least until {searched}" : "for ever";
        var title = $"{explanation.Profile} {verdict} at {explanation.At}, {until} if nothing happens";
        var tree = new Tree(new Text(title));
        tree.AddNode(Node(explanation.Why));
        return tree;
    }

    private static TreeNode Node(Explanation part)
    {
        var mark = part.Holds ? "[green]yes[/]" : "[red]no[/] ";
        var saw = part.Value.IsNull ? "" : $" [grey](saw {Markup.Escape(part.Value.ToString())})[/]";
        var node = new TreeNode(new Markup($"{mark}  {Markup.Escape(part.Condition)}{saw}"));
        foreach (var row in part.Evidence.Take(EvidenceMax))
        {
            node.AddNode(new Text(double.IsNaN(row.Value) ? row.Time.ToString() : $"{row.Time}  {row.Value:R}"));
        }

        if (part.Evidence.Count > EvidenceMax)
        {
            node.AddNode(new Text($"… and {part.Evidence.Count - EvidenceMax} more events"));
        }

        node.AddNodes(part.Parts.Select(Node));
        return node;
    }
}
