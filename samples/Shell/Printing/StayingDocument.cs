using System.Text.Json;

namespace Klaviyo.Samples;

/// <summary>What stays until somebody decides, as JSON.</summary>
internal static class StayingDocument
{
    internal static void Write(Utf8JsonWriter writer, FlowRun run)
    {
        writer.WriteString("run", run.Id.ToString());
        writer.WriteString("profile", run.Profile.ToString());
        writer.WriteString("flow", run.Flow);
        writer.WriteNumber("version", run.Version);
        writer.WriteString("step", run.Step);
        writer.WriteString("entered", run.Entered.ToString());
        writer.WriteString("since", run.Due.ToString());
        writer.WriteString("reason", run.Reason);
    }

    internal static void Write(Utf8JsonWriter writer, DeadLetter letter)
    {
        writer.WriteString("key", letter.Key);
        writer.WriteString("run", letter.Run.ToString());
        writer.WriteString("profile", letter.Profile.ToString());
        writer.WriteString("flow", letter.Flow);
        writer.WriteString("step", letter.Step);
        writer.WriteString("channel", letter.Channel);
        writer.WriteString("decided", letter.Decided.ToString());
        writer.WriteString("since", letter.Since.ToString());
        writer.WriteNumber("attempts", letter.Attempts);
        writer.WriteBoolean("uncertain", letter.IsUncertain);
        writer.WriteString("reason", letter.Reason);
    }
}
