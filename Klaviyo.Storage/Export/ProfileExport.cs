using System.Text.Json;
using Klaviyo.Json;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Export;

/// <summary>Writes one profile as a document for people and other programs.</summary>
internal sealed class ProfileExport(Store store, Stream output)
{
    internal async Task<bool> RunAsync(Identifier profile, CancellationToken cancellation)
    {
        if (store.ExportTree(profile) is not { } tree)
        {
            return false;
        }

        var export = new ExportStream(output);
        await using (export.ConfigureAwait(false))
        {
            var writer = export.Json;
            writer.WriteStartObject();
            WriteHead(writer, tree);
            WriteMerges(writer, tree);
            WriteByName(writer, "properties", tree, FactKind.Property, static (w, f) =>
            {
                w.WritePropertyName("value");
                PropertyJson.Write(w, f.Value);
            });
            WriteByName(writer, "consents", tree, FactKind.Consent, static (w, f) =>
            {
                w.WriteString("status", f.Status.ToString());
                w.WriteString("method", f.Value.AsString());
            });
            WriteByName(writer, "lists", tree, FactKind.List, static (w, f) => w.WriteBoolean("member", f.Value.AsBoolean()));
            WriteByName(writer, "relations", tree, FactKind.Relation, static (w, f) =>
            {
                w.WriteString("other", f.Value.IsNull ? null : f.Value.AsString());
                w.WriteBoolean("related", f.Related);
            });
            await WriteEventsAsync(export, tree, cancellation).ConfigureAwait(false);
            writer.WriteEndObject();
            export.EndLine();
            await export.FlushAsync(cancellation).ConfigureAwait(false);
        }

        return true;
    }

    private static void WriteHead(Utf8JsonWriter writer, ProfileTree tree)
    {
        writer.WriteString("id", tree.Root.Id.ToString());
        writer.WriteString("created", tree.Created.Values.Min().ToString());
        writer.WriteStartArray("identifiers");
        foreach (var fact in tree.Facts.Where(f => f.Kind == FactKind.Identifier))
        {
            writer.WriteStringValue(fact.Identifier.ToString());
        }

        writer.WriteEndArray();
    }

    private static void WriteMerges(Utf8JsonWriter writer, ProfileTree tree)
    {
        writer.WriteStartArray("merges");
        foreach (var (destination, source) in tree.Merges)
        {
            writer.WriteStartObject();
            writer.WriteString("source", source.Profile.Id.ToString());
            writer.WriteString("destination", destination.Id.ToString());
            writer.WriteString("time", Instant.FromUnixMs(source.TimeMs).ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteByName(
        Utf8JsonWriter writer, string title, ProfileTree tree, FactKind kind, Action<Utf8JsonWriter, ExportedFact> write)
    {
        writer.WriteStartObject(title);
        foreach (var name in tree.Facts.Where(f => f.Kind == kind).GroupBy(f => f.Name).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            writer.WriteStartArray(name.Key);
            foreach (var fact in name.OrderBy(f => f.Time))
            {
                writer.WriteStartObject();
                writer.WriteString("time", fact.Time.ToString());
                write(writer, fact);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    private async ValueTask WriteEventsAsync(ExportStream export, ProfileTree tree, CancellationToken cancellation)
    {
        var writer = export.Json;
        writer.WriteStartArray("events");
        foreach (var fact in tree.Facts.Where(f => f.Kind is null))
        {
            if (store.ExportEvent(fact.Profile, fact.Address) is { } stored)
            {
                writer.WriteStartObject();
                writer.WriteString("id", stored.Id.ToString());
                writer.WriteString("time", stored.Time.ToString());
                ExportLine.WriteEventFields(writer, stored);
                writer.WritePropertyName("properties");
                PropertyJson.Write(writer, stored.Properties);
                writer.WriteEndObject();
                await export.DrainAsync(cancellation).ConfigureAwait(false);
            }
        }

        writer.WriteEndArray();
    }
}
