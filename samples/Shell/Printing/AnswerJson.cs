using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Samples;

/// <summary>The answers of the library as JSON.</summary>
internal static class AnswerJson
{
    internal static void Write(Utf8JsonWriter writer, ProfileSummary profile)
    {
        writer.WriteString("id", profile.Id.ToString());
        writer.WriteString("external_id", profile.ExternalId);
        writer.WriteString("email", profile.Email);
    }

    internal static void Write(Utf8JsonWriter writer, StoredEvent stored)
    {
        writer.WriteString("id", stored.Id.ToString());
        writer.WriteString("metric", stored.Metric);
        writer.WriteString("time", stored.Time.ToString());
        writer.WriteString("received", stored.Received.ToString());
        writer.WritePropertyName("value");
        PropertyJson.Write(writer, stored.Value is { } value ? value : PropertyValue.Null);
        writer.WriteString("unique_id", stored.UniqueId);
        writer.WritePropertyName("properties");
        PropertyJson.Write(writer, stored.Properties);
    }

    internal static void Write(Utf8JsonWriter writer, LateEvent late)
    {
        writer.WriteString("profile", late.Profile.ToString());
        writer.WriteNumber("late_seconds", late.Lateness.TotalSeconds);
        writer.WriteBoolean("backfill", late.Backfill);
        Write(writer, late.Event);
    }

    internal static void Write(Utf8JsonWriter writer, WriteResult result)
    {
        writer.WriteString("profile", result.Profile.ToString());
        writer.WriteString("event", result.Event?.ToString());
        writer.WriteBoolean("duplicate", result.Duplicate);
        if (result.Conflict is { } conflict)
        {
            writer.WriteString("conflict", conflict.ToString());
        }
    }

    internal static void Write(Utf8JsonWriter writer, SegmentExplanation explanation)
    {
        writer.WriteString("profile", explanation.Profile.ToString());
        writer.WriteBoolean("member", explanation.Member);
        writer.WriteString("at", explanation.At.ToString());
        writer.WriteString("flips_at", explanation.FlipsAt?.ToString());
        if (explanation.NoFlipBefore is { } searched)
        {
            writer.WriteString("no_flip_before", searched.ToString());
        }

        writer.WriteStartObject("why");
        Write(writer, explanation.Why);
        writer.WriteEndObject();
    }

    internal static void Write(Utf8JsonWriter writer, FlowDecision decision)
    {
        writer.WriteString("at", decision.At.ToString());
        writer.WriteString("profile", decision.Profile.ToString());
        writer.WriteString("action", decision.Step);
        writer.WriteString("type", decision.Type);
        writer.WriteString("decision", decision.Decision);
        writer.WriteString("reason", decision.Reason);
    }

    internal static void Write(Utf8JsonWriter writer, BacktestRow row)
    {
        writer.WriteString("side", row.Side switch
        {
            BacktestSide.OnlyDraft => "only-draft",
            BacktestSide.OnlyLive => "only-live",
            _ => "same",
        });
        Write(writer, row.Decision);
    }

    internal static void Write(Utf8JsonWriter writer, FlowSummary flow)
    {
        writer.WriteString("name", flow.Name);
        writer.WriteNumber("version", flow.Version);
        writer.WriteString("status", Status(flow));
        writer.WriteString("trigger", string.Join(", ", (flow.Definition?.Triggers ?? []).Select(t => t.Type)));
        writer.WriteNumber("steps", flow.Definition?.Steps.Count ?? 0);
        if (flow.Fault is not null)
        {
            writer.WriteString("fault", flow.Fault);
        }
    }

    /// <summary>Gets what a flow is: a flow that never started anything is gone when it is deleted.</summary>
    internal static void WriteWarnings(Utf8JsonWriter writer, IReadOnlyList<DefinitionWarning> warnings)
    {
        if (warnings.Count == 0)
        {
            return;
        }

        writer.WriteStartArray("warnings");
        foreach (var warning in warnings)
        {
            writer.WriteStringValue(warning.ToString());
        }

        writer.WriteEndArray();
    }

    internal static string Status(FlowSummary? flow) =>
        flow is null or { Deleted: true } ? "deleted" : flow.Archived ? "archived" : flow.Paused ? "paused" : "live";

    internal static void Write(Utf8JsonWriter writer, FlowRun run)
    {
        writer.WriteString("run", run.Id.ToString());
        writer.WriteString("flow", run.Flow);
        writer.WriteNumber("version", run.Version);
        writer.WriteString("step", run.Step);
        writer.WriteString("status", run.Status.ToString().ToLowerInvariant());
        writer.WriteString("entered", run.Entered.ToString());
        writer.WriteString("due", run.Due.ToString());
    }

    internal static void Write(Utf8JsonWriter writer, Explanation part)
    {
        writer.WriteString("condition", part.Condition);
        writer.WriteBoolean("holds", part.Holds);
        writer.WritePropertyName("value");
        PropertyJson.Write(writer, part.Value);
        writer.WriteStartArray("evidence");
        foreach (var row in part.Evidence)
        {
            writer.WriteStartObject();
            writer.WriteString("event", row.Id.ToString());
            writer.WriteString("time", row.Time.ToString());
            writer.WritePropertyName("value");
            PropertyJson.Write(writer, double.IsNaN(row.Value) ? PropertyValue.Null : row.Value);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteStartArray("parts");
        foreach (var inner in part.Parts)
        {
            writer.WriteStartObject();
            Write(writer, inner);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
