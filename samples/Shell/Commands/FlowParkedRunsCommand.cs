using System.CommandLine;

namespace Klaviyo.Samples.Commands;

/// <summary>What is done to the parked runs of a flow: all of them, those of a step, or one.</summary>
internal sealed class FlowParkedRunsCommand : ShellCommand
{
    private readonly Argument<string> _name = FlowFile.NameArgument();
    private readonly Option<string> _step = Flag.Text("--step", "ID", "The runs that are parked on this step alone.");
    private readonly Option<RunId?> _run = FlowFile.RunOption();
    private readonly Func<CustomerPlatform, string, string?, CancellationToken, ValueTask<int>> _toAll;
    private readonly Func<CustomerPlatform, RunId, CancellationToken, ValueTask<int>> _toOne;

    private FlowParkedRunsCommand(
        string name,
        string description,
        Func<CustomerPlatform, string, string?, CancellationToken, ValueTask<int>> toAll,
        Func<CustomerPlatform, RunId, CancellationToken, ValueTask<int>> toOne)
        : base(name, description)
    {
        (_toAll, _toOne) = (toAll, toOne);
        Add(_name);
        Add(_step);
        Add(_run);
    }

    internal static FlowParkedRunsCommand Release() => new(
        "release",
        "Has parked runs take their step again.",
        (store, flow, step, cancellationToken) => store.ReleaseRunsAsync(flow, step, cancellationToken),
        (store, run, cancellationToken) => store.ReleaseRunAsync(run, cancellationToken));

    internal static FlowParkedRunsCommand Skip() => new(
        "skip",
        "Has parked runs pass over their step; from a split they go on by the first exit.",
        (store, flow, step, cancellationToken) => store.SkipParkedStepAsync(flow, step, cancellationToken),
        (store, run, cancellationToken) => store.SkipParkedStepAsync(run, cancellationToken));

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        var name = call.Value(_name);
        if (call.Value(_run) is { } run && !store.ParkedRuns(name).Any(parked => parked.Id == run))
        {
            throw new ArgumentException($"No run {run} of '{name}' is parked.");
        }

        var runs = call.Value(_run) is { } one
            ? await _toOne(store, one, cancellationToken)
            : await _toAll(store, name, call.Value(_step), cancellationToken);
        call.Print.One(writer =>
        {
            writer.WriteString("flow", name);
            writer.WriteNumber("runs", runs);
        });
        return 0;
    }
}
