using System.CommandLine;
using Klaviyo.Json;

namespace Klaviyo.Samples.Commands;

/// <summary>Where a command gets a flow from: a file, standard input, or the store.</summary>
internal static class FlowFile
{
    internal static Argument<string> NameArgument() => new("NAME") { Description = "The name of a flow of the store." };

    internal static Option<RunId?> RunOption() =>
        Flag.Parsed<RunId?>("--run", "RUN", "This run alone.", text => RunId.Parse(text));

    internal static Argument<string> Argument() => new("DEF")
    {
        Description = "The definition: a JSON file, - for standard input, or the name of a flow of the store.",
    };

    internal static async Task<FlowDefinition> ReadAsync(
        Call call, CustomerPlatform store, string source, CancellationToken cancellationToken)
    {
        var kept = IsFile(source) ? null : store.AllFlows.LastOrDefault(flow => flow.Name == source);
        if (kept is not null)
        {
            return DefinitionOf(kept);
        }

        var flow = await ReadAsync(call, source, cancellationToken);
        await call.WarnAsync(store.CheckFlow(flow));
        return flow;
    }

    internal static FlowDefinition DefinitionOf(FlowSummary flow) => flow.Definition ?? throw new DefinitionException("$", flow.Fault!);

    /// <summary>Tells whether a source is a file or standard input, not the name of a flow.</summary>
    internal static bool IsFile(string source) => source == "-" || File.Exists(source);

    internal static async Task<FlowDefinition> ReadAsync(Call call, string source, CancellationToken cancellationToken)
    {
        var json = await InputFile.ReadAsync(call, source, cancellationToken);
        return FlowJson.Parse(json, Path.GetFileNameWithoutExtension(source));
    }
}
