using System.CommandLine;
using System.Text;

namespace Klaviyo.Samples.Commands;

internal sealed class ExportCommand : ShellCommand
{
    private readonly Argument<string?> _key = new("KEY")
    {
        Description = "One profile, printed as a document; left out for the whole store.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<string> _format = Flag.Text("--format", "FORMAT", "ndjson, if left out: what import --format ndjson reads. csv: a table of the events.");
    private readonly Option<string> _to = Flag.Text("--to", "DIR", "Where the whole store goes; made if it is missing.");

    internal ExportCommand()
        : base("export", "Prints everything of one profile, or writes the whole store to a directory.")
    {
        _format.AcceptOnlyFromAmong("ndjson", "csv");
        Add(_key);
        Add(_format);
        Add(_to);
    }

    protected override async Task<int> RunAsync(Call call, CancellationToken cancellationToken)
    {
        var (key, to) = (call.Value(_key), call.Value(_to));
        if ((key is null) == (to is null))
        {
            throw new UsageException("Either KEY for one profile, or --to DIR for the whole store.");
        }

        return key is null
            ? await ExportStoreAsync(call, to!, cancellationToken)
            : await ExportProfileAsync(call, Call.Key(key), cancellationToken);
    }

    private static async Task<int> ExportProfileAsync(Call call, Identifier key, CancellationToken cancellationToken)
    {
        await using var store = await call.OpenToAskAsync(cancellationToken);
        using var document = new MemoryStream();
        if (!await store.ExportProfileAsync(key, document, cancellationToken))
        {
            await call.Host.Error.WriteLineAsync($"There is no profile {key}.");
            return 1;
        }

        call.Print.Line(Encoding.UTF8.GetString(document.ToArray()).TrimEnd());
        return 0;
    }

    // Under another name until it is complete, so that half an export is never taken for one.
    private async Task<int> ExportStoreAsync(Call call, string to, CancellationToken cancellationToken)
    {
        call.ThrowIfInStore(_to);
        await using var store = await call.OpenToAskAsync(cancellationToken);
        Directory.CreateDirectory(to);
        var asTable = call.Value(_format) == "csv";
        var path = Path.Combine(to, asTable ? "events.csv" : "export.ndjson");
        ExportResult result;
        await using (var file = File.Create(path + ".new"))
        {
            result = asTable
                ? await store.ExportEventTableAsync(file, cancellationToken)
                : await store.ExportAsync(file, cancellationToken);
            file.Flush(flushToDisk: true);
        }

        File.Move(path + ".new", path, overwrite: true);
        call.Print.One(writer =>
        {
            writer.WriteString("file", path);
            writer.WriteNumber("profiles", result.Profiles);
            writer.WriteNumber("events", result.Events);
            writer.WriteNumber("lines", result.Lines);
        });
        return 0;
    }
}
