using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class FlowCancelCommand : ShellCommand
{
    private readonly Argument<string> _name = FlowFile.NameArgument();
    private readonly Option<RunId?> _run = FlowFile.RunOption();
    private readonly Option<string> _reason = Flag.Text("--reason", "TEXT", "Why; it stands in the log.");

    internal FlowCancelCommand()
        : base("cancel", "Ends the runs of a flow, or one of them.")
    {
        Add(_name);
        Add(_run);
        Add(_reason);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        var (name, reason) = (call.Value(_name), call.Value(_reason) ?? "");
        if (call.Value(_run) is { } run && !store.Runs(name).Any(running => running.Id == run))
        {
            throw new ArgumentException($"No run {run} of '{name}' is under way.");
        }

        var cancelled = call.Value(_run) is { } one
            ? await store.CancelRunAsync(one, reason, cancellationToken)
            : await store.CancelRunsAsync(name, reason, cancellationToken);
        call.Print.One(writer =>
        {
            writer.WriteString("flow", name);
            writer.WriteNumber("runs", cancelled.Runs);
            writer.WriteNumber("messages_under_way", cancelled.Messages);
        });
        return 0;
    }
}
