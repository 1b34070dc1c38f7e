using System.Text;
using Klaviyo.Json;
using Klaviyo.Storage.Import;

namespace Klaviyo.Tests.Storage.Import;

// Reads text as a format does, and shows what came of it as text, because writes hold lists and do not compare.
internal static class Imported
{
    internal static IReadOnlyList<ImportItem> Read(ImportFormat format, string text) =>
        Read(format, Encoding.UTF8.GetBytes(text));

    internal static IReadOnlyList<ImportItem> Read(ImportFormat format, byte[] bytes) =>
        Read(format, new MemoryStream(bytes));

    internal static IReadOnlyList<ImportItem> Read(ImportFormat format, Stream stream, int batchSize = 3)
    {
        return ReadAsync(format, stream, batchSize).GetAwaiter().GetResult();
    }

    internal static CustomerEvent Event(ImportFormat format, string text) => (CustomerEvent)Write(format, text);

    internal static ProfileWrite Profile(ImportFormat format, string text) => (ProfileWrite)Write(format, text);

    internal static Rejection Refused(ImportFormat format, string text)
    {
        var items = Read(format, text);
        Assert.That(items, Has.Count.EqualTo(1));
        Assert.That(items[0].Rejection, Is.Not.Null, "It was accepted.");
        return items[0].Rejection!;
    }

    // Where each item began and which event it is, or which field was refused.
    internal static string Outline(IEnumerable<ImportItem> items)
    {
        return string.Join(", ", items.Select(i => $"{i.Line} " + i.Write switch
        {
            CustomerEvent e => e.Metric,
            null => i.Rejection is { } rejection ? $"! {rejection.Field}".TrimEnd() : "skipped",
            _ => i.Write.GetType().Name,
        }));
    }

    internal static string Show(ImportItem item)
    {
        var text = item.Rejection is { } rejection ? $"! {rejection.Field}: {rejection.Reason}" : Show(item.Write);
        return $"{item.Line} {text}{(item.EndsRecord ? "" : " …")}";
    }

    internal static string Show(CustomerWrite? write)
    {
        return write switch
        {
            CustomerEvent e => $"{Names(e)} {e.Metric} at {e.Time} value {e.Value} id {e.UniqueId} {Show(e.Properties)} "
                + $"{Show(e.ProfileProperties)}{(e.Backfill ? " backfill" : "")}",
            ProfileWrite p => $"{Names(p)} at {p.Time} {Show(p.Properties)}",
            ListWrite l => $"{Names(l)} on {l.List}: {l.Member}",
            _ => "skipped",
        };
    }

    internal static string Show(PropertyMap map)
    {
        using var stream = new MemoryStream();
        using (var json = new System.Text.Json.Utf8JsonWriter(stream))
        {
            PropertyJson.Write(json, map);
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    internal static string Names(CustomerWrite write) => string.Join(' ', write.Profile);

    private static CustomerWrite Write(ImportFormat format, string text)
    {
        var items = Read(format, text);
        Assert.That(items, Has.Count.EqualTo(1));
        Assert.That(items[0].Rejection, Is.Null);
        return items[0].Write!;
    }

    private static async Task<IReadOnlyList<ImportItem>> ReadAsync(ImportFormat format, Stream stream, int batchSize)
    {
        var items = new List<ImportItem>();
        var batch = new ImportBatch(batchSize, keepsInput: true);
        await using var reader = format.CreateReader(new ImportInput(stream), backfill: false);
        while (await reader.ReadAsync(batch, CancellationToken.None))
        {
            items.AddRange(batch.Items.ToArray());
        }

        return items;
    }
}
