using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class FlowCancelCommand : ShellCommand
{
    private readonly WhichRuns _which;
    private readonly Option<string> _reason = Flag.Text("--reason", "TEXT", "Why; it stands in the log.");

    internal FlowCancelCommand()
        : base("cancel", "Ends the runs of a flow, or some of them.")
    {
        _which = new WhichRuns(this);
        Add(_reason);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        var query = _which.Read(call, store);
        var cancelled = await store.CancelRunsAsync(query, call.Value(_reason) ?? "", cancellationToken);
        call.Print.One(writer =>
        {
            writer.WriteString("flow", query.Flow);
            writer.WriteNumber("runs", cancelled.Runs);
            writer.WriteNumber("messages_under_way", cancelled.Messages);
        });
        return 0;
    }
}
