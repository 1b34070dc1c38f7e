using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class FlowListCommand : ShellCommand
{
    private readonly Option<bool> _all = new("--all") { Description = "Also those that are archived or deleted." };

    internal FlowListCommand()
        : base("list", "Lists the flows of the store.") => Add(_all);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        call.Print.Many(call.Value(_all) ? store.AllFlows : store.Flows, AnswerJson.Write);
        return 0;
    }
}
