using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class FlowStatsCommand : ShellCommand
{
    private readonly Argument<string> _name = FlowFile.NameArgument();

    internal FlowStatsCommand()
        : base("stats", "Prints what a flow has done so far.") => Add(_name);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        var stats = store.FlowStats(call.Value(_name));
        call.Print.One(writer => FlowDocument.Write(writer, stats));
        return 0;
    }
}
