using System.CommandLine;
using Klaviyo.Json;

namespace Klaviyo.Samples.Commands;

/// <summary>Where a command gets a flow from: a file, standard input, or the store.</summary>
internal static class FlowFile
{
    internal static Argument<string> NameArgument() => new("NAME") { Description = "The name of a flow of the store." };

    internal static Argument<string> Argument() => new("DEF")
    {
        Description = "The definition: a JSON file, - for standard input, or the name of a flow of the store.",
    };

    internal static async Task<FlowDefinition> ReadAsync(
        Call call, CustomerPlatform store, string source, CancellationToken cancellationToken)
    {
        var isFile = File.Exists(source) || source == "-";
        var kept = isFile ? null : store.Flows.FirstOrDefault(flow => flow.Name == source);
        if (kept is not null)
        {
            return kept.Definition;
        }

        var json = await InputFile.ReadAsync(call, source, cancellationToken);
        return FlowJson.Parse(json, Path.GetFileNameWithoutExtension(source));
    }
}
