using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class FlowPauseCommand : ShellCommand
{
    private readonly Argument<string> _name = FlowFile.NameArgument();

    internal FlowPauseCommand()
        : base("pause", "Pauses a flow: nothing enters it, no run of it takes a step.") => Add(_name);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        await store.PauseFlowAsync(call.Value(_name), cancellationToken);
        call.Print.One(writer => AnswerJson.Write(writer, store.AllFlows.Last(flow => flow.Name == call.Value(_name))));
        return 0;
    }
}
