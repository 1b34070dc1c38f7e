using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class LateCommand : ShellCommand
{
    private readonly Option<TimeSpan> _by = Flag.Parsed("--by", "SPAN", "More than this late, e.g. 90m, 6h, 2d.", Window.Span);

    internal LateCommand()
        : base("late", "Lists the events that were received late, with how late.")
    {
        _by.Required = true;
        Add(_by);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenToAskAsync(cancellationToken);
        call.Print.Many(store.LateEvents(call.Value(_by)), AnswerJson.Write);
        return 0;
    }
}
