using System.Text.Json;

namespace Klaviyo.Json;

/// <summary>Properties from and to JSON.</summary>
/// <remarks>
/// A JSON number becomes a double, a string stays a string (also where it looks like a date), an instant is written as
/// an ISO 8601 string.
/// </remarks>
/// <threadsafety>Stateless.</threadsafety>
public static class PropertyJson
{
    /// <summary>The deepest nesting that is accepted.</summary>
    public const int NestingMax = 32;

    /// <summary>Reads a value.</summary>
    /// <param name="element">Any JSON value.</param>
    /// <exception cref="FormatException">Nested too deeply, or a number that no double can hold.</exception>
    public static PropertyValue ToValue(JsonElement element) => ToValue(element, 0);

    /// <summary>Reads an object.</summary>
    /// <param name="element">A JSON object.</param>
    /// <exception cref="FormatException">Not an object, nested too deeply, or with an empty name.</exception>
    public static PropertyMap ToMap(JsonElement element)
    {
        return element.ValueKind == JsonValueKind.Object
            ? ToMap(element, 0)
            : throw new FormatException($"An object is expected, not {element.ValueKind}.");
    }

    /// <summary>Writes a value.</summary>
    /// <exception cref="ArgumentNullException"><paramref name="writer"/> is null.</exception>
    public static void Write(Utf8JsonWriter writer, PropertyValue value)
    {
        ArgumentNullException.ThrowIfNull(writer);
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
                writer.WriteStringValue(value.AsString());
                break;
            case PropertyKind.Instant:
                writer.WriteStringValue(value.AsInstant().ToString());
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

    /// <summary>Writes an object.</summary>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static void Write(Utf8JsonWriter writer, PropertyMap map)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(map);
        writer.WriteStartObject();
        foreach (var (name, value) in map.AsSpan())
        {
            writer.WritePropertyName(name);
            Write(writer, value);
        }

        writer.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter writer, IReadOnlyList<PropertyValue> list)
    {
        writer.WriteStartArray();
        foreach (var item in list)
        {
            Write(writer, item);
        }

        writer.WriteEndArray();
    }

    private static PropertyValue ToValue(JsonElement element, int depth)
    {
        return element.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined => PropertyValue.Null,
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            JsonValueKind.Number => ToNumber(element),
            JsonValueKind.String => element.GetString(),
            JsonValueKind.Array => ToList(element, depth),
            JsonValueKind.Object => ToMap(element, depth),
            _ => throw new FormatException($"Unknown JSON kind {element.ValueKind}."),
        };
    }

    private static PropertyValue ToNumber(JsonElement element)
    {
        return element.TryGetDouble(out var number) && double.IsFinite(number)
            ? number
            : throw new FormatException($"{element.GetRawText()} is beyond what a double holds.");
    }

    private static PropertyValue ToList(JsonElement element, int depth)
    {
        ThrowIfTooDeep(depth);
        var items = new PropertyValue[element.GetArrayLength()];
        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            items[index++] = ToValue(item, depth + 1);
        }

        return items;
    }

    private static PropertyMap ToMap(JsonElement element, int depth)
    {
        ThrowIfTooDeep(depth);
        var map = new PropertyMap();
        foreach (var property in element.EnumerateObject())
        {
            if (property.Name.Length == 0)
            {
                throw new FormatException("A property name is empty.");
            }

            map[property.Name] = ToValue(property.Value, depth + 1);
        }

        return map;
    }

    private static void ThrowIfTooDeep(int depth)
    {
        if (depth >= NestingMax)
        {
            throw new FormatException($"Values are nested deeper than {NestingMax}.");
        }
    }
}
