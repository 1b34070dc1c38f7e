using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Words from a list of allowed ones.</summary>
internal static class WordJson
{
    /// <summary>Gets the index of the word; of a missing one a default.</summary>
    internal static int IndexIn(string[] words, DefinitionNode node, string what, int missing) =>
        node.IsMissing ? missing : IndexIn(words, node, what);

    /// <summary>Gets the index of the word.</summary>
    internal static int IndexIn(string[] words, DefinitionNode node, string what)
    {
        var index = Array.IndexOf(words, node.Text());
        return index >= 0 ? index : throw node.Error($"'{node.Text()}' is not {what}: {string.Join(", ", words)}");
    }
}
