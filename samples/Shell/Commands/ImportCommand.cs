using System.CommandLine;
using System.Globalization;

namespace Klaviyo.Samples.Commands;

internal sealed class ImportCommand : ShellCommand
{
    private readonly Argument<string> _file = new("FILE") { Description = "The file, plain or gzip; - for stdin." };
    private readonly Option<string> _format = Flag.Text("--format", "FORMAT", "segment, klaviyo, csv, or ndjson: what export wrote.");
    private readonly Option<string> _map = Flag.Text("--map", "MAP.json", "What the columns of a CSV file mean.");
    private readonly Option<bool> _backfill = new("--backfill") { Description = "It is history: events start no flow." };
    private readonly Option<string> _rejects =
        Flag.Text("--rejects", "FILE", "Where refused input goes, with the reasons.");

    private readonly Option<bool> _acks = new("--acks") { Description = "Print a line whenever more is durable." };

    internal ImportCommand()
        : base("import", "Streams a file in.")
    {
        _format.Required = true;
        _format.AcceptOnlyFromAmong("segment", "klaviyo", "csv", "ndjson");
        Add(_file);
        Add(_format);
        Add(_map);
        Add(_backfill);
        Add(_rejects);
        Add(_acks);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        call.ThrowIfInStore(_rejects);
        var format = await FormatAsync(call, cancellationToken);
        await using var input = InputFile.Open(call, call.Value(_file));
        await using var rejects = call.Value(_rejects) is { } path ? File.Create(path) : null;
        await using var store = await call.OpenAsync(cancellationToken);
        using var watch = new ImportWatch(call, acks: call.Value(_acks));
        var options = new ImportOptions
        {
            Format = format,
            Backfill = call.Value(_backfill),
            Rejects = rejects,
            Progress = watch,
        };
        try
        {
            var result = await store.ImportAsync(input, options, cancellationToken);
            Print(call, result);
            return await SayRefusedAsync(call, result);
        }
        catch (OperationCanceledException)
        {
            await call.Host.Error.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture, $"Interrupted: the first {watch.Durable} records are durable."));
            return 1;
        }
    }

    // Some bad lines are told and the rest is in: done. Nothing but bad lines: failed.
    private static async Task<int> SayRefusedAsync(Call call, ImportResult result)
    {
        if (result.FirstRejection is { } first)
        {
            await call.Host.Error.WriteLineAsync($"{result.Rejected} refused; the first: {first}");
        }

        return result.Rejected > 0 && result.Accepted + result.Duplicates + result.Skipped == 0 ? 1 : 0;
    }

    private async Task<ImportFormat> FormatAsync(Call call, CancellationToken cancellationToken)
    {
        return (call.Value(_format), call.Value(_map)) switch
        {
            ("csv", { } map) => new CsvFormat(CsvMapping.Parse(await InputFile.ReadAsync(call, map, cancellationToken))),
            ("csv", null) => throw new UsageException("--format csv needs --map MAP.json: what the columns mean."),
            (_, not null) => throw new UsageException("--map goes with --format csv."),
            ("klaviyo", _) => new KlaviyoFormat(),
            ("ndjson", _) => new NdjsonFormat(),
            _ => new SegmentFormat(),
        };
    }

    private static void Print(Call call, ImportResult result)
    {
        call.Print.One(writer =>
        {
            writer.WriteNumber("accepted", result.Accepted);
            writer.WriteNumber("duplicates", result.Duplicates);
            writer.WriteNumber("rejected", result.Rejected);
            writer.WriteNumber("skipped", result.Skipped);
            writer.WriteNumber("profiles", result.Profiles);
            writer.WriteNumber("seconds", Math.Round(result.Elapsed.TotalSeconds, 3));
        });
    }
}
