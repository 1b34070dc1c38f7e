using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class FlowDrawCommand : ShellCommand
{
    private const string Svg = "svg";
    private const string Mermaid = "mermaid";

    private readonly Argument<string> _definition = FlowFile.Argument();
    private readonly Option<string> _format = Flag.Text("--format", "FORMAT", "mermaid, the default, or svg.");

    internal FlowDrawCommand()
        : base("draw", "Draws a flow; one of the store with the counts of what it did.")
    {
        Add(_definition);
        Add(_format);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var format = call.Value(_format) ?? Mermaid;
        if (format is not (Svg or Mermaid))
        {
            throw new UsageException($"'{format}' is not a format: mermaid and svg are.");
        }

        var source = call.Value(_definition);
        var (flow, traffic) = FlowFile.IsFile(source)
            ? (await FlowFile.ReadAsync(call, source, cancellationToken), null)
            : await OfStoreAsync(call, source, cancellationToken);
        var picture = format == Svg ? FlowPicture.Svg(flow, traffic) : FlowPicture.Mermaid(flow, traffic);
        await call.Host.Output.WriteAsync(picture.AsMemory(), cancellationToken);
        return 0;
    }

    private static async Task<(FlowDefinition Flow, FlowTraffic? Traffic)> OfStoreAsync(
        Call call, string name, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        var traffic = await store.CountTrafficAsync(name, cancellationToken);
        return (FlowFile.DefinitionOf(store.AllFlows.Last(flow => flow.Name == name)), traffic);
    }
}
