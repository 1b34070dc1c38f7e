using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class FlowSimulateCommand : ShellCommand
{
    private readonly Argument<string> _definition = FlowFile.Argument();
    private readonly Option<Instant?> _from =
        Flag.Instant("--from", "What happened before starts no run; the beginning if left out.");

    private readonly Option<Instant?> _to =
        Flag.Instant("--to", "What is due later is not done; --as-of, or now, if left out.");

    private readonly Option<string> _against =
        Flag.Text("--against", "NAME", "A flow of the store to compare with: each line says which side decides so.");

    internal FlowSimulateCommand()
        : base("simulate", "Prints what a flow would have done over a span of history; sends and changes nothing.")
    {
        Add(_definition);
        Add(_from);
        Add(_to);
        Add(_against);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        var flow = await FlowFile.ReadAsync(call, store, call.Value(_definition), cancellationToken);
        var from = call.Value(_from) ?? Instant.MinValue;
        var to = call.Value(_to) ?? call.AsOf ?? store.Clock.GetUtcNow();
        if (call.Value(_against) is not { } against)
        {
            await call.Print.ManyAsync(store.SimulateFlowAsync(flow, from, to, cancellationToken), AnswerJson.Write);
            return 0;
        }

        var live = store.AllFlows.LastOrDefault(f => f.Name == against)
            ?? throw new ArgumentException($"There is no flow '{against}'.");
        await call.Print.ManyAsync(store.BacktestFlowAsync(flow, FlowFile.DefinitionOf(live), from, to, cancellationToken), AnswerJson.Write);
        return 0;
    }
}
