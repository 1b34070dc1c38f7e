using System.Buffers;
using System.Text.Json;
using Klaviyo.Json;
using Klaviyo.Storage.Export;

namespace Klaviyo.Flows.Interpreter;

/// <summary>Variables of runs as bytes: JSON that reads back to the same values.</summary>
internal static class VariableText
{
    /// <summary>Writes variables.</summary>
    internal static void Write(ByteWriter writer, PropertyMap variables)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var text = new Utf8JsonWriter(json))
        {
            ExportedValue.Write(text, variables);
        }

        writer.Bytes(json.WrittenSpan);
    }

    /// <summary>Reads variables.</summary>
    /// <exception cref="InvalidDataException">The bytes are no variables.</exception>
    internal static PropertyMap Read(ref ByteReader reader)
    {
        try
        {
            using var text = JsonDocument.Parse(reader.Text());
            return text.RootElement.ValueKind == JsonValueKind.Object
                ? ExportedValue.Restore(PropertyJson.ToMap(text.RootElement))
                : throw new InvalidDataException("A flow record holds variables that are no object.");
        }
        catch (Exception broken) when (broken is JsonException or ArgumentException or FormatException)
        {
            throw new InvalidDataException("A flow record holds variables that are no JSON.", broken);
        }
    }
}
