using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class ForkCommand : ShellCommand
{
    private readonly Option<string> _to = Flag.Text("--to", "DIR", "An empty or a new directory.");
    private readonly Option<StorePosition?> _at = Flag.Parsed<StorePosition?>(
        "--at", "POSITION", "Up to where, as an earlier fork printed it; all if left out.", StorePosition.Parse);

    internal ForkCommand()
        : base("fork", "Copies the store into another directory, where it is a store of its own.")
    {
        _to.Required = true;
        Add(_to);
        Add(_at);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenToAskAsync(cancellationToken);
        var position = await store.ForkAsync(call.Value(_to)!, call.Value(_at), cancellationToken);
        call.Print.One(writer => writer.WriteString("position", position.ToString()));
        return 0;
    }
}
