using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class MergeCommand : ShellCommand
{
    private readonly Argument<string> _source = new("SOURCE") { Description = "KIND:VALUE of the profile that goes." };
    private readonly Argument<string> _destination = new("DESTINATION") { Description = "KIND:VALUE of the one that answers for both." };

    internal MergeCommand()
        : base("merge", "Merges the first profile into the second, also where both are known.")
    {
        Add(_source);
        Add(_destination);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var (source, destination) = (call.Key(_source), call.Key(_destination));
        await using var store = await call.OpenExistingAsync(cancellationToken);
        return await MergeAnswer.PrintAsync(call, await store.MergeAsync(source, destination, cancellationToken));
    }
}
