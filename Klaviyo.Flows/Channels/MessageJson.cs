using System.Buffers;
using System.Text;
using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Channels;

/// <summary>Writes messages as one line of JSON.</summary>
internal static class MessageJson
{
    internal static string Line(FlowMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            Write(writer, message);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static void Write(Utf8JsonWriter writer, FlowMessage message)
    {
        writer.WriteStartObject();
        writer.WriteString("key", message.Key);
        writer.WriteString("channel", message.Channel);
        writer.WriteString("flow", message.Flow);
        writer.WriteString("step", message.Step);
        writer.WriteString("run", message.Run.ToString());
        writer.WriteString("profile", message.Profile.ToString());
        writer.WriteString("at", message.At.ToString());
        writer.WriteNumber("attempt", message.Attempt);
        writer.WriteString("to", message.To);
        if (message.UnsubscribeUrl is { } unsubscribe)
        {
            writer.WriteString("unsubscribe_url", unsubscribe);
        }

        writer.WriteString("subject", message.Subject);
        writer.WriteString("body", message.Body);
        writer.WritePropertyName("options");
        PropertyJson.Write(writer, message.Options);
        writer.WriteEndObject();
    }
}
