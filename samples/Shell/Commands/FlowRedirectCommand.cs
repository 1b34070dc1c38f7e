using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class FlowRedirectCommand : ShellCommand
{
    private readonly WhichRuns _which;
    private readonly Option<string> _to = Flag.Text("--to", "ID", "The step that they take next.");

    internal FlowRedirectCommand()
        : base("redirect", "Has the runs of a flow, or some of them, go on at another step.")
    {
        _which = new WhichRuns(this);
        _to.Required = true;
        Add(_to);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        var query = _which.Read(call, store);
        var runs = await store.RedirectRunsAsync(query, call.Value(_to)!, cancellationToken);
        call.Print.One(writer =>
        {
            writer.WriteString("flow", query.Flow);
            writer.WriteNumber("runs", runs);
        });
        return 0;
    }
}
