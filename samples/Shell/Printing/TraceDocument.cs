using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Samples;

/// <summary>What happened to a run, as JSON.</summary>
internal static class TraceDocument
{
    internal static void Write(Utf8JsonWriter writer, RunTraceEntry entry)
    {
        writer.WriteString("run", entry.Decision.Run.ToString());
        AnswerJson.Write(writer, entry.Decision);
        writer.WriteString("detail", entry.Decision.Detail);
        writer.WriteString("next", entry.Decision.Next);
        writer.WriteString("due", entry.Due?.ToString());
        writer.WritePropertyName("variables");
        PropertyJson.Write(writer, entry.Variables);
        writer.WriteBoolean("same_today", entry.IsSameToday);
        writer.WriteStartArray("conditions");
        foreach (var condition in entry.Conditions)
        {
            writer.WriteStartObject();
            writer.WriteString("for", condition.Role);
            AnswerJson.Write(writer, condition.Why);
            writer.WriteString("flips_at", condition.Why.NextFlip?.ToString());
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
