using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class FlowTraceCommand : ShellCommand
{
    private readonly Argument<string> _run = new("RUN")
    {
        Description = "The id of a run, as profile and flow list print it; or a profile, KIND:VALUE, for all of its runs.",
    };

    internal FlowTraceCommand()
        : base("trace", "Tells all that happened to a run, and why: one decision a line.") => Add(_run);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var named = call.Value(_run);
        var run = named.Contains(':', StringComparison.Ordinal) ? default(RunId?) : Parse(named);
        await using var store = await call.OpenExistingAsync(cancellationToken);
        var traces = run is { } id
            ? await store.TraceRunAsync(id, cancellationToken) is { } trace ? [trace] : []
            : await store.TraceRunsAsync(Call.Key(named), cancellationToken);
        if (traces.Count == 0)
        {
            await call.Host.Error.WriteLineAsync(run is null ? $"There is no run of {named}." : $"There is no run {named}.");
            return 1;
        }

        call.Print.Many(traces.SelectMany(t => t.Entries), TraceDocument.Write);
        return 0;
    }

    private static RunId Parse(string text)
    {
        try
        {
            return RunId.Parse(text);
        }
        catch (FormatException wrong)
        {
            throw new UsageException(wrong.Message);
        }
    }
}
