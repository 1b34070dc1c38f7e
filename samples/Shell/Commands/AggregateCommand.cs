using System.CommandLine;
using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Samples.Commands;

internal sealed class AggregateCommand : ShellCommand
{
    private readonly Argument<string> _key = KeyArgument();
    private readonly Option<string> _metric = Flag.Text("--metric", "M", "The metric.");
    private readonly Option<Measure[]?> _measures = Flag.Parsed<Measure[]?>(
        "--measure",
        "LIST",
        "count,sum,min,max,avg,first,last,distinct:PROP, any of them with :PROP; count if left out.",
        text => [.. text.Split(',').Select(Measure.Parse)]);

    private readonly Option<DateFilter?> _last = Flag.Parsed<DateFilter?>(
        "--last", "SPAN", "A window that ends now: 30d, also m(inutes), h, w, mo(nths), y.", Window.Last);

    private readonly Option<Instant?> _from = Flag.Instant("--from", "Only from this instant on.");
    private readonly Option<Instant?> _to = Flag.Instant("--to", "Only before this instant.");
    private readonly Option<string> _window = Flag.Text("--window", "JSON", "Klaviyo's date filter.");
    private readonly Option<string> _where =
        Flag.Text("--where", "JSON", "Klaviyo's metric filters: [{\"property\":…,\"filter\":{…}}].");

    private readonly Option<string> _groupBy =
        Flag.Text("--group-by", "PROP", "Split by the values of a property of the events: one row for each.");

    internal AggregateCommand()
        : base("aggregate", "Counts, sums or lists one metric of one profile over a window.")
    {
        _metric.Required = true;
        Add(_key);
        Add(_metric);
        Add(_measures);
        Add(_last);
        Add(_from);
        Add(_to);
        Add(_window);
        Add(_where);
        Add(_groupBy);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var key = call.Key(_key);
        var query = Query(call);
        await using var store = await call.OpenToAskAsync(cancellationToken);
        var answer = store.Aggregate(key, query, call.AsOf);
        if (query.GroupBy is null)
        {
            call.Print.One(writer => Write(writer, query.Measures, answer.Values));
            return 0;
        }

        call.Print.Many(answer.Groups, (writer, group) =>
        {
            writer.WritePropertyName("group");
            PropertyJson.Write(writer, group.Key);
            Write(writer, query.Measures, group.Values);
        });
        return 0;
    }

    private AggregateQuery Query(Call call) => new()
    {
        Metric = call.Value(_metric)!,
        Measures = call.Value(_measures) is { Length: > 0 } measures ? ValueList.Of(measures) : [Measure.Count],
        Window = (call.Value(_last), call.Value(_window)) switch
        {
            (not null, not null) => throw new UsageException("--last and --window both name a window: give one of them."),
            (var last, null) => last ?? new AlltimeDateFilter(),
            (null, var json) => Window.Parse(json),
        },
        Range = new TimeRange(call.Value(_from) ?? Instant.MinValue, call.Value(_to)?.PlusMs(-1) ?? Instant.MaxValue),
        Where = call.Value(_where) is { } where ? Window.ParseWhere(where) : [],
        GroupBy = call.Value(_groupBy) is { } property ? new PropertyPath(property) : null,
    };

    private static void Write(Utf8JsonWriter writer, ValueList<Measure> measures, ValueList<PropertyValue> values)
    {
        foreach (var (measure, value) in measures.Zip(values))
        {
            writer.WritePropertyName(measure.ToString());
            PropertyJson.Write(writer, value);
        }
    }
}
