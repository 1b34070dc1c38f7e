using System.CommandLine;

namespace Klaviyo.Samples.Commands;

/// <summary>The end of a flow: archived, restored, deleted.</summary>
internal sealed class FlowLifeCommand : ShellCommand
{
    private readonly Argument<string> _name = FlowFile.NameArgument();
    private readonly Option<bool> _cancelRuns = new("--cancel-runs") { Description = "End its runs; else they go on." };
    private readonly Func<CustomerPlatform, string, bool, CancellationToken, ValueTask<CancelledRuns>> _act;

    private FlowLifeCommand(
        string name, string description, bool ends, Func<CustomerPlatform, string, bool, CancellationToken, ValueTask<CancelledRuns>> act)
        : base(name, description)
    {
        _act = act;
        Add(_name);
        if (ends)
        {
            Add(_cancelRuns);
        }
    }

    internal static FlowLifeCommand Archive() => new(
        "archive",
        "Archives a flow: nothing enters it, and list leaves it out.",
        ends: true,
        (store, flow, cancelRuns, cancellationToken) => store.ArchiveFlowAsync(flow, cancelRuns, cancellationToken));

    internal static FlowLifeCommand Restore() => new(
        "restore",
        "Restores an archived flow.",
        ends: false,
        async (store, flow, _, cancellationToken) =>
        {
            await store.RestoreFlowAsync(flow, cancellationToken);
            return default;
        });

    internal static FlowLifeCommand Delete() => new(
        "delete",
        "Deletes a flow for ever; refused while it has runs or messages, unless they are cancelled.",
        ends: true,
        (store, flow, cancelRuns, cancellationToken) => store.DeleteFlowAsync(flow, cancelRuns, cancellationToken));

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        var name = call.Value(_name);
        var cancelled = await _act(store, name, call.Value(_cancelRuns), cancellationToken);
        call.Print.One(writer =>
        {
            writer.WriteString("flow", name);
            writer.WriteString("status", AnswerJson.Status(store.AllFlows.LastOrDefault(flow => flow.Name == name)));
            writer.WriteNumber("runs", cancelled.Runs);
            writer.WriteNumber("messages_under_way", cancelled.Messages);
        });
        return 0;
    }
}
