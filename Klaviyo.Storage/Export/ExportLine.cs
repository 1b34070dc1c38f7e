using System.Text.Json;

namespace Klaviyo.Storage.Export;

/// <summary>Writes the lines of an export: one thing that was written, in the form that the import reads.</summary>
/// <threadsafety>Stateless.</threadsafety>
internal static class ExportLine
{
    internal const string Profile = "profile";
    internal const string Identifiers = "identifiers";
    internal const string Properties = "properties";
    internal const string Consent = "consent";
    internal const string List = "list";
    internal const string Event = "event";
    internal const string Merge = "merge";
    internal const string Relation = "relation";
    internal const string Segment = "segment";

    internal static void WriteIdentifiers(
        Utf8JsonWriter writer, Identifier? profile, IEnumerable<Identifier> identifiers, Instant time)
    {
        Begin(writer, profile is null ? Profile : Identifiers, profile, time);
        writer.WriteStartArray("identifiers");
        foreach (var identifier in identifiers)
        {
            writer.WriteStringValue(identifier.ToString());
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    internal static void WriteProperties(Utf8JsonWriter writer, Identifier profile, PropertyMap properties, Instant time)
    {
        Begin(writer, Properties, profile, time);
        writer.WritePropertyName("properties");
        ExportedValue.Write(writer, properties);
        writer.WriteEndObject();
    }

    internal static void WriteConsent(Utf8JsonWriter writer, Identifier profile, Consent said)
    {
        Begin(writer, Consent, profile, said.Time);
        writer.WriteString("channel", said.Channel);
        writer.WriteString("status", said.Status.ToString());
        writer.WriteString("method", said.Method);
        writer.WriteEndObject();
    }

    internal static void WriteList(Utf8JsonWriter writer, Identifier profile, string list, ListChange change)
    {
        Begin(writer, List, profile, change.Time);
        writer.WriteString("list", list);
        writer.WriteBoolean("member", change.Member);
        writer.WriteEndObject();
    }

    internal static void WriteRelation(Utf8JsonWriter writer, Identifier profile, Identifier side, in ExportedFact fact)
    {
        Begin(writer, Relation, profile, fact.Time);
        writer.WriteString("object", side.ToString());
        writer.WriteString("name", fact.Name);
        writer.WriteBoolean("related", fact.Related);
        writer.WriteEndObject();
    }

    internal static void WriteEvent(Utf8JsonWriter writer, Identifier profile, StoredEvent stored)
    {
        Begin(writer, Event, profile, stored.Time);
        WriteEventFields(writer, stored);
        writer.WritePropertyName("properties");
        ExportedValue.Write(writer, stored.Properties);
        writer.WriteEndObject();
    }

    /// <summary>Writes the fields of an event but its time and properties.</summary>
    internal static void WriteEventFields(Utf8JsonWriter writer, StoredEvent stored)
    {
        writer.WriteString("metric", stored.Metric);
        writer.WriteString("received", stored.Received.ToString());
        if (stored.Value is { } value)
        {
            writer.WriteNumber("value", value);
        }

        if (stored.UniqueId is not null)
        {
            writer.WriteString("unique_id", stored.UniqueId);
        }
    }

    internal static void WriteMerge(Utf8JsonWriter writer, Identifier destination, Identifier source, Instant time)
    {
        Begin(writer, Merge, destination, time);
        writer.WriteString("source", source.ToString());
        writer.WriteEndObject();
    }

    internal static void WriteSegment(Utf8JsonWriter writer, string name, string definition)
    {
        Begin(writer, Segment, null, null);
        writer.WriteString("name", name);
        writer.WriteString("definition", definition);
        writer.WriteEndObject();
    }

    private static void Begin(Utf8JsonWriter writer, string type, Identifier? profile, Instant? time)
    {
        writer.WriteStartObject();
        writer.WriteString("type", type);
        if (profile is { } named)
        {
            writer.WriteString("profile", named.ToString());
        }

        if (time is { } at)
        {
            writer.WriteString("time", at.ToString());
        }
    }
}
