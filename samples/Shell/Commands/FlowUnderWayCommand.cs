namespace Klaviyo.Samples.Commands;

internal sealed class FlowUnderWayCommand : ShellCommand
{
    private readonly WhichRuns _which;

    internal FlowUnderWayCommand()
        : base("runs", "Lists the runs of a flow that are under way, or some of them: one a line.") => _which = new WhichRuns(this);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenExistingAsync(cancellationToken);
        call.Print.Many(store.Runs(_which.Read(call, store)), (writer, run) =>
        {
            writer.WriteString("profile", run.Profile.ToString());
            AnswerJson.Write(writer, run);
            writer.WriteString("line", run.Line);
            writer.WriteString("reason", run.Reason);
        });
        return 0;
    }
}
