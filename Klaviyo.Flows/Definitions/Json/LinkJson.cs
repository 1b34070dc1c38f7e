using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>The links of an action.</summary>
internal static class LinkJson
{
    internal static void AllowNext(DefinitionNode action) => Allow(action, "next");

    internal static void AllowBranches(DefinitionNode action) => Allow(action, "next_if_true", "next_if_false");

    private static void Allow(DefinitionNode action, params ReadOnlySpan<string> fields)
    {
        var links = action.Optional("links");
        if (!links.IsMissing)
        {
            links.Allow(fields);
        }
    }
}
