using System.Buffers;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Klaviyo.Json;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Export;

/// <summary>Writes all events as a table in CSV: a row an event, the properties as one column of JSON.</summary>
/// <remarks>For spreadsheets and other programs; what a store is made of again is <see cref="StoreExport"/>.</remarks>
internal sealed class EventTableExport(Store store, Stream output)
{
    private const int PendingBytesMax = 64 << 10;
    private const string Header = "profile,external_id,email,event,metric,time,received,value,unique_id,properties\r\n";
    private static readonly SearchValues<char> NeedQuotes = SearchValues.Create(",\"\r\n");
    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly ArrayBufferWriter<byte> _json = new();

    internal async Task<ExportResult> RunAsync(CancellationToken cancellation)
    {
        var pipe = PipeWriter.Create(output, new StreamPipeWriterOptions(leaveOpen: true));
        var cut = store.ExportCut();
        long profiles = 0, events = 0;
        Write(pipe, Header);
        foreach (var root in cut.Roots)
        {
            var tree = store.ExportTree(root, cut);
            profiles += tree.Created.ContainsKey(root) ? 1 : 0;
            foreach (var fact in tree.Facts.Where(f => f.Kind is null))
            {
                if (store.ExportEvent(fact.Profile, fact.Address) is { } stored)
                {
                    events++;
                    Write(pipe, Row(tree, stored));
                    if (pipe.UnflushedBytes > PendingBytesMax)
                    {
                        await pipe.FlushAsync(cancellation).ConfigureAwait(false);
                    }
                }
            }
        }

        await pipe.FlushAsync(cancellation).ConfigureAwait(false);
        await pipe.CompleteAsync().ConfigureAwait(false);
        return new ExportResult(profiles, events, events + 1);
    }

    private static void Write(PipeWriter pipe, string text) => Encoding.UTF8.GetBytes(text, pipe);

    private string Row(ProfileTree tree, StoredEvent stored)
    {
        string?[] cells =
        [
            tree.Root.Id.ToString(),
            First(tree, IdentifierKind.ExternalId),
            First(tree, IdentifierKind.Email),
            stored.Id.ToString(),
            stored.Metric,
            stored.Time.ToString(),
            stored.Received.ToString(),
            stored.Value?.ToString("R", CultureInfo.InvariantCulture),
            stored.UniqueId,
            Json(stored.Properties),
        ];
        return string.Join(',', cells.Select(Quoted)) + "\r\n";
    }

    private static string? First(ProfileTree tree, IdentifierKind kind)
    {
        foreach (var fact in tree.Facts)
        {
            if (fact.Kind == FactKind.Identifier && fact.Name == kind.Name)
            {
                return fact.Value.AsString();
            }
        }

        return null;
    }

    private static string Quoted(string? cell)
    {
        return cell.AsSpan().ContainsAny(NeedQuotes)
            ? $"\"{cell!.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : cell ?? "";
    }

    private string Json(PropertyMap properties)
    {
        if (properties.Count == 0)
        {
            return "";
        }

        _json.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_json, Readable))
        {
            PropertyJson.Write(writer, properties);
        }

        return Encoding.UTF8.GetString(_json.WrittenSpan);
    }
}
