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
        writer.WriteNumber("dead_letters", stats.DeadLetters);
        writer.WriteNumber("parked", stats.Parked);
        writer.WriteNumber("updates", stats.Updates);
        Write(writer, "skips", stats.Skips.Select(skip => (SkipReasonText.Of(skip.Key), skip.Value)));
        Write(writer, "waiting", stats.Waiting.Select(step => (step.Key, step.Value)));
        writer.WriteStartObject("steps");
        foreach (var (step, kinds) in stats.Steps)
        {
            Write(writer, NameOf(step), kinds.Select(kind => (DecisionKindText.Of(kind.Key), kind.Value)));
        }

        writer.WriteEndObject();
        writer.WriteStartObject("step_skips");
        foreach (var (step, reasons) in stats.StepSkips)
        {
            Write(writer, NameOf(step), reasons.Select(reason => (SkipReasonText.Of(reason.Key), reason.Value)));
        }

        writer.WriteEndObject();
    }

    private static string NameOf(string step) => step.Length == 0 ? "(entry)" : step;

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
