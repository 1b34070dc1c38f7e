using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class FlowParkedCommand : ShellCommand
{
    private readonly Argument<string> _name = FlowFile.NameArgument();

    internal FlowParkedCommand()
        : base("parked", "Lists the runs of a flow that stand until somebody decides, and why: one a line.") => Add(_name);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        call.Print.Many(store.ParkedRuns(call.Value(_name)), StayingDocument.Write);
        return 0;
    }
}
