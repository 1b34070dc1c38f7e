using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>The links of an action.</summary>
internal static class LinkJson
{
    internal static void AllowNext(DefinitionNode action) => Allow(action, "next");

    internal static void AllowBranches(DefinitionNode action) => Allow(action, "next_if_true", "next_if_false");

    /// <summary>Refuses links: the action's branches have their own, or it has none.</summary>
    internal static void AllowNone(DefinitionNode action) => Allow(action);

    internal static void Write(Utf8JsonWriter writer, Step step)
    {
        if (step is MultiBranchSplitStep or RandomSplitStep or ExitStep)
        {
            return;
        }

        writer.WriteStartObject("links");
        if (step is SplitStep split)
        {
            writer.WriteString("next_if_true", split.NextIfTrue);
            writer.WriteString("next_if_false", split.NextIfFalse);
        }
        else
        {
            writer.WriteString("next", NextOf(step));
        }

        writer.WriteEndObject();
    }

    /// <summary>Writes the links of a branch.</summary>
    internal static void Write(Utf8JsonWriter writer, string? next)
    {
        writer.WriteStartObject("links");
        writer.WriteString("next", next);
        writer.WriteEndObject();
    }

    // Branches come first among the links of an action; what follows where none is taken comes last.
    private static string? NextOf(Step step) => step is WaitUntilStep or SwitchStep ? step.Links[^1] : step.Links[0];

    private static void Allow(DefinitionNode action, params ReadOnlySpan<string> fields)
    {
        var links = action.Optional("links");
        if (!links.IsMissing)
        {
            links.Allow(fields);
        }
    }
}
