using System.Text.Json;

namespace Klaviyo.Storage.Export;

/// <summary>Values in JSON so that they read back to the same: JSON has no instants.</summary>
/// <remarks>
/// An instant is a string that begins with <c>instant:</c>, and a string that begins so by itself has it once more in front.
/// </remarks>
/// <threadsafety>Stateless.</threadsafety>
internal static class ExportedValue
{
    private const string Mark = "instant:";

    internal static void Write(Utf8JsonWriter writer, PropertyMap map)
    {
        writer.WriteStartObject();
        foreach (var (name, value) in map.AsSpan())
        {
            writer.WritePropertyName(name);
            Write(writer, value);
        }

        writer.WriteEndObject();
    }

    internal static void Write(Utf8JsonWriter writer, in PropertyValue value)
    {
        switch (value.Kind)
        {
            case PropertyKind.Null:
                writer.WriteNullValue();
                break;
            case PropertyKind.Boolean:
                writer.WriteBooleanValue(value.AsBoolean());
                break;
            case PropertyKind.Number:
                writer.WriteNumberValue(value.AsNumber());
                break;
            case PropertyKind.String:
                writer.WriteStringValue(IsMarked(value.AsString()) ? Mark + value.AsString() : value.AsString());
                break;
            case PropertyKind.Instant:
                writer.WriteStringValue(Mark + value.AsInstant());
                break;
            case PropertyKind.List:
                WriteList(writer, value.AsList());
                break;
            case PropertyKind.Object:
                Write(writer, value.AsObject());
                break;
            default:
                throw new InvalidOperationException($"Unknown kind {value.Kind}.");
        }
    }

    /// <summary>Brings the instants back into properties that were read as plain JSON.</summary>
    internal static PropertyMap Restore(PropertyMap read)
    {
        var map = new PropertyMap(read.Count);
        foreach (var (name, value) in read.AsSpan())
        {
            map[name] = Restore(value);
        }

        return map;
    }

    private static PropertyValue Restore(PropertyValue read)
    {
        return read.Kind switch
        {
            PropertyKind.String => RestoreText(read),
            PropertyKind.List => read.AsList().Select(Restore).ToArray(),
            PropertyKind.Object => Restore(read.AsObject()),
            _ => read,
        };
    }

    private static PropertyValue RestoreText(PropertyValue read)
    {
        var text = read.AsString();
        if (!IsMarked(text))
        {
            return read;
        }

        var rest = text[Mark.Length..];
        return !IsMarked(rest) && Instant.TryParse(rest, out var instant) ? instant : rest;
    }

    private static bool IsMarked(string text) => text.StartsWith(Mark, StringComparison.Ordinal);

    private static void WriteList(Utf8JsonWriter writer, IReadOnlyList<PropertyValue> list)
    {
        writer.WriteStartArray();
        for (var i = 0; i < list.Count; i++)
        {
            Write(writer, list[i]);
        }

        writer.WriteEndArray();
    }
}
