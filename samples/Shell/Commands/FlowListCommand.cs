namespace Klaviyo.Samples.Commands;

internal sealed class FlowListCommand : ShellCommand
{
    internal FlowListCommand()
        : base("list", "Lists the flows of the store.")
    {
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        call.Print.Many(store.Flows, AnswerJson.Write);
        return 0;
    }
}
