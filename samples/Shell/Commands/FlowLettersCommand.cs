using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class FlowLettersCommand : ShellCommand
{
    private readonly Argument<string?> _name = new("NAME")
    {
        Description = "The name of a flow of the store; all flows if left out.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    internal FlowLettersCommand()
        : base("letters", "Lists the messages that were not delivered and stay until somebody decides, and why: one a line.") => Add(_name);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        call.Print.Many(store.DeadLetters(call.Value(_name)), StayingDocument.Write);
        return 0;
    }
}
