using System.CommandLine;

namespace Klaviyo.Samples.Commands;

internal sealed class EventsCommand : ShellCommand
{
    private readonly Argument<string> _key = KeyArgument();
    private readonly Option<string> _metric = Flag.Text("--metric", "M", "Only this metric.");
    private readonly Option<FilterExpression?> _filter = Flag.Parsed<FilterExpression?>(
        "--filter",
        "F",
        "Klaviyo's filter syntax, e.g. greater-than(value,100),equals(properties.Country,\"France\").",
        FilterExpression.Parse);

    private readonly Option<string> _sort = Flag.Text("--sort", "ORDER", "time (the default) or -time.");
    private readonly Option<int?> _limit = Limit.Option();
    private readonly Option<string> _cursor = Limit.Cursor();

    internal EventsCommand()
        : base("events", "Prints the timeline of a profile.")
    {
        _sort.AcceptOnlyFromAmong("time", "-time");
        Add(_key);
        Add(_metric);
        Add(_filter);
        Add(_sort);
        Add(_limit);
        Add(_cursor);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var key = call.Key(_key);
        await using var store = await call.OpenToAskAsync(cancellationToken);
        var page = store.Events(key, Query(call), call.AsOf);
        call.Print.Many(page.Events, AnswerJson.Write);
        Limit.PrintNext(call, page.Next);
        return 0;
    }

    private EventQuery Query(Call call) => new()
    {
        Metric = call.Value(_metric),
        Filter = call.Value(_filter),
        Descending = call.Value(_sort) == "-time",
        Limit = call.Value(_limit) ?? int.MaxValue,
        Cursor = call.Value(_cursor),
    };
}
