using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Samples;

/// <summary>A whole profile as JSON.</summary>
internal static class ProfileDocument
{
    internal static void Write(Utf8JsonWriter writer, CustomerProfile profile, IReadOnlyList<FlowRun> runs)
    {
        writer.WriteString("id", profile.Id.ToString());
        writer.WriteString("created", profile.Created.ToString());
        WriteStrings(writer, "identifiers", profile.Identifiers.Select(i => i.ToString()));
        writer.WritePropertyName("properties");
        PropertyJson.Write(writer, profile.Properties);
        WriteConsents(writer, profile.Consents);
        writer.WriteStartObject("lists");
        foreach (var (list, since) in profile.Lists)
        {
            writer.WriteString(list, since.ToString());
        }

        writer.WriteEndObject();
        WriteStrings(writer, "segments", profile.Segments);
        writer.WriteStartArray("runs");
        foreach (var run in runs)
        {
            writer.WriteStartObject();
            AnswerJson.Write(writer, run);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        WriteMetrics(writer, profile.Metrics);
    }

    private static void WriteStrings(Utf8JsonWriter writer, string name, IEnumerable<string> items)
    {
        writer.WriteStartArray(name);
        foreach (var item in items)
        {
            writer.WriteStringValue(item);
        }

        writer.WriteEndArray();
    }

    private static void WriteConsents(Utf8JsonWriter writer, IEnumerable<Consent> consents)
    {
        writer.WriteStartObject("consents");
        foreach (var consent in consents)
        {
            writer.WriteStartObject(consent.Channel);
            writer.WriteString("status", ConsentWord.Of(consent.Status));
            writer.WriteString("time", consent.Time.ToString());
            writer.WriteString("method", consent.Method);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteMetrics(Utf8JsonWriter writer, IReadOnlyDictionary<string, MetricTotals> metrics)
    {
        writer.WriteStartObject("metrics");
        foreach (var (metric, totals) in metrics)
        {
            writer.WriteStartObject(metric);
            writer.WriteNumber("count", totals.Count);
            writer.WriteNumber("sum", totals.Sum);
            writer.WriteString("first", totals.First.ToString());
            writer.WriteString("last", totals.Last.ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }
}
