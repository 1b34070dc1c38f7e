using System.CommandLine;
using Klaviyo.Json;

namespace Klaviyo.Samples.Commands;

internal sealed class ReportCommand : ShellCommand
{
    private readonly Argument<string> _query = new("QUERY")
    {
        Description = "Klaviyo's metric-aggregate body: a JSON file, or - for standard input.",
    };

    internal ReportCommand()
        : base("report", "Counts and sums a metric over everybody, by calendar units and properties of the events.") => Add(_query);

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var query = ReportJson.Parse(await InputFile.ReadAsync(call, call.Value(_query)!, cancellationToken));
        await using var store = await call.OpenToAskAsync(cancellationToken);
        var result = store.Report(query, call.AsOf);
        call.Print.One(writer => ReportJson.Write(writer, query, result));
        return 0;
    }
}
