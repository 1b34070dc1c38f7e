using System.Text.Json;

namespace Klaviyo.Samples;

/// <summary>What a flow has done, as JSON.</summary>
internal static class FlowDocument
{
    internal static void Write(Utf8JsonWriter writer, FlowStats stats)
    {
        writer.WriteString("flow", stats.Flow);
        writer.WriteNumber("entered", stats.Entered);
        writer.WriteNumber("running", stats.Running);
        writer.WriteNumber("sends", stats.Sends);
        writer.WriteNumber("delivered", stats.Delivered);
        writer.WriteNumber("failed", stats.Failed);
        writer.WriteNumber("pending", stats.Pending);
        writer.WriteNumber("updates", stats.Updates);
        Write(writer, "skips", stats.Skips.Select(skip => (SkipReasonText.Of(skip.Key), skip.Value)));
        writer.WriteStartObject("steps");
        foreach (var (step, kinds) in stats.Steps)
        {
            var counts = kinds.Select(kind => (DecisionKindText.Of(kind.Key), kind.Value));
            Write(writer, step.Length == 0 ? "(entry)" : step, counts);
        }

        writer.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter writer, string name, IEnumerable<(string Name, long Count)> counts)
    {
        writer.WriteStartObject(name);
        foreach (var (counted, count) in counts)
        {
            writer.WriteNumber(counted, count);
        }

        writer.WriteEndObject();
    }
}
