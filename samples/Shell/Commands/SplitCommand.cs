using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class SplitCommand : ShellCommand
{
    private readonly Argument<string> _key = KeyArgument();

    internal SplitCommand()
        : base("split", "Undoes the merge of the profile that KEY was given to, or the last one into it.")
    {
        Add(_key);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var key = call.Key(_key);
        await using var store = await call.OpenExistingAsync(cancellationToken);
        return await MergeAnswer.PrintAsync(call, await store.SplitAsync(key, cancellationToken));
    }
}
