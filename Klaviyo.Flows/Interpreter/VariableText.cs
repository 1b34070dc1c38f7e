using System.Buffers;
using System.Text.Json;
using Klaviyo.Json;
using Klaviyo.Storage.Export;

namespace Klaviyo.Flows.Interpreter;

/// <summary>Variables of runs as bytes: JSON that reads back to the same values.</summary>
internal static class VariableText
{
    // A character is six bytes at most, escaped; what stands around a value takes less than this.
    private const int CharBytesMax = 6;
    private const int ValueBytes = 40;

    /// <summary>Checks that a run can keep variables beside those that it has.</summary>
    /// <exception cref="InvalidOperationException">They are too large: a transition is one record of the log.</exception>
    internal static void ThrowIfTooLarge(PropertyMap? kept, PropertyMap added, int bytesMax)
    {
        if (BytesAtMost(kept) + BytesAtMost(added) <= bytesMax)
        {
            return;
        }

        var writer = new ByteWriter();
        Write(writer, kept ?? []);
        Write(writer, added);
        if (writer.Count > bytesMax)
        {
            throw new InvalidOperationException(
                $"A run keeps variables of at most {bytesMax >> 10} KiB; with '{string.Join("', '", added.Select(v => v.Key).Take(5))}' these are {writer.Count >> 10}.");
        }
    }

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

    private static long BytesAtMost(PropertyMap? map)
    {
        var bytes = 0L;
        foreach (var (name, value) in map ?? [])
        {
            bytes += (name.Length * CharBytesMax) + BytesAtMost(value);
        }

        return bytes;
    }

    private static long BytesAtMost(in PropertyValue value)
    {
        return ValueBytes + value.Kind switch
        {
            PropertyKind.String => (long)value.AsString().Length * CharBytesMax,
            PropertyKind.Object => BytesAtMost(value.AsObject()),
            PropertyKind.List => value.AsList().Sum(item => BytesAtMost(item)),
            _ => 0,
        };
    }
}
