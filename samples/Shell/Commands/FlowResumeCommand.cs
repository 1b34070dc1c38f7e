using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class FlowResumeCommand : ShellCommand
{
    private readonly Argument<string> _name = FlowFile.NameArgument();

    internal FlowResumeCommand()
        : base("resume", "Resumes a flow that was paused.") => Add(_name);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        await store.ResumeFlowAsync(call.Value(_name), cancellationToken);
        call.Print.One(writer => AnswerJson.Write(writer, store.AllFlows.Last(flow => flow.Name == call.Value(_name))));
        return 0;
    }
}
