using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class FlowDecisionsCommand : ShellCommand
{
    private readonly Argument<string> _name = FlowFile.NameArgument();
    private readonly Option<string> _step = Flag.Text("--step", "ID", "What happened on this step alone.");
    private readonly Option<DecisionKind?> _kind =
        Flag.Parsed<DecisionKind?>("--decision", "WORD", "E.g. send, skip or branch.", text => Read<DecisionKind>(text, DecisionKindText.Of));

    private readonly Option<SkipReason?> _reason =
        Flag.Parsed<SkipReason?>("--reason", "WORD", "What was not done for this reason, e.g. no-consent.", text => Read<SkipReason>(text, SkipReasonText.Of));

    private readonly Option<Instant?> _from = Flag.Instant("--from", "What was decided for T, or later.");
    private readonly Option<Instant?> _to = Flag.Instant("--to", "What was decided for T, or before.");

    internal FlowDecisionsCommand()
        : base("decisions", "Reads back what a flow did, of runs that ended too: one decision a line.")
    {
        Add(_name);
        Add(_step);
        Add(_kind);
        Add(_reason);
        Add(_from);
        Add(_to);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        var query = new DecisionQuery
        {
            Flow = call.Value(_name),
            Step = call.Value(_step),
            Kind = call.Value(_kind),
            Skip = call.Value(_reason),
            At = new TimeRange(call.Value(_from) ?? Instant.MinValue, call.Value(_to) ?? Instant.MaxValue),
        };
        await call.Print.ManyAsync(store.DecisionHistoryAsync(query, cancellationToken), (writer, decision) =>
        {
            writer.WriteString("run", decision.Run.ToString());
            AnswerJson.Write(writer, decision);
        });
        return 0;
    }

    private static T Read<T>(string text, Func<T, string> word)
        where T : struct, Enum
    {
        var words = Enum.GetValues<T>().ToDictionary(word, StringComparer.Ordinal);
        return words.TryGetValue(text, out var value) && text.Length > 0
            ? value
            : throw new FormatException($"'{text}' is none of {string.Join(", ", words.Keys.Where(w => w.Length > 0))}.");
    }
}
