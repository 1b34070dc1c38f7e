using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class SegmentHistoryCommand : ShellCommand
{
    private readonly Argument<string> _name = new("NAME") { Description = "The segment." };
    private readonly Option<string> _from = Flag.Text("--from", "T", "The first instant; without it, 30 days ago.");
    private readonly Option<string> _to = Flag.Text("--to", "T", "The last instant; without it, now.");
    private readonly Option<string> _by = Flag.Text("--by", "UNIT", "day or hour.");

    internal SegmentHistoryCommand()
        : base("history", "Prints how many members a segment had at the end of each day or hour.")
    {
        _by.AcceptOnlyFromAmong("day", "hour");
        Add(_name);
        Add(_from);
        Add(_to);
        Add(_by);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenToAskAsync(cancellationToken);
        var to = call.Value(_to) is { } until ? Instant.Parse(until) : call.AsOf ?? store.Clock.GetUtcNow();
        var from = call.Value(_from) is { } since ? Instant.Parse(since) : to.Plus(TimeSpan.FromDays(-30));
        var unit = call.Value(_by) == "hour" ? TimeUnit.Hour : TimeUnit.Day;
        call.Print.Many(store.SegmentHistory(call.Value(_name), from, to, unit), (writer, count) =>
        {
            writer.WriteString("from", count.From.ToString());
            writer.WriteNumber("members", count.Members);
        });
        return 0;
    }
}
