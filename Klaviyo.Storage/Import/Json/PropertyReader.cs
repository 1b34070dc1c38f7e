using System.Text.Json;

namespace Klaviyo.Storage.Import;

/// <summary>Reads property values from JSON tokens.</summary>
/// <remarks>A method that returns <see langword="false"/> has set the refusal and left the reader anywhere.</remarks>
/// <threadsafety>For one reader.</threadsafety>
internal sealed class PropertyReader(Refusal refusal)
{
    private const int UsualCountMax = 32;
    private const string NotUnicode = "A string is not valid Unicode.";

    private readonly NameCache _names = new(2048);
    private readonly List<PropertyValue> _stack = [];
    private int _usualCount = 8;

    /// <summary>Reads the object or null that the reader stands on.</summary>
    /// <param name="reader">Stands on it.</param>
    /// <param name="depth">How deep it lies.</param>
    /// <param name="map">The object, or null.</param>
    internal bool TryReadMap(ref Utf8JsonReader reader, int depth, out PropertyMap? map)
    {
        map = null;
        if (reader.TokenType == JsonTokenType.Null)
        {
            return true;
        }

        if (reader.TokenType != JsonTokenType.StartObject)
        {
            return refusal.Set("", "An object is expected.");
        }

        // Records of one file resemble each other: the last size spares most maps their growth.
        var read = TryReadObject(ref reader, depth, _usualCount, out map);
        _usualCount = Math.Min(map.Count, UsualCountMax);
        return read;
    }

    /// <summary>Reads a value into a map, under a name.</summary>
    internal bool TryReadInto(ref Utf8JsonReader reader, PropertyMap map, string name)
    {
        if (!TryReadValue(ref reader, 1, out var value))
        {
            return refusal.Under(name);
        }

        map[name] = value;
        return true;
    }

    /// <summary>Reads the property name, or the string that comes again, that the reader stands on.</summary>
    internal bool TryReadName(ref Utf8JsonReader reader, out string name)
    {
        if (reader.ValueIsEscaped)
        {
            return TryReadText(ref reader, out name);
        }

        name = _names.Get(reader.ValueSpan)!;
        return name is not null || refusal.Set("", NotUnicode);
    }

    /// <summary>Reads the string that the reader stands on.</summary>
    internal bool TryReadText(ref Utf8JsonReader reader, out string text)
    {
        text = reader.ValueIsEscaped ? Unescape(ref reader)! : NameCache.Decode(reader.ValueSpan)!;
        return text is not null || refusal.Set("", NotUnicode);
    }

    // The only way to learn of a lone surrogate is the exception.
    private static string? Unescape(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private bool TryReadValue(ref Utf8JsonReader reader, int depth, out PropertyValue value)
    {
        value = default;
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return true;
            case JsonTokenType.True:
                value = true;
                return true;
            case JsonTokenType.False:
                value = false;
                return true;
            case JsonTokenType.Number:
                return TryReadNumber(ref reader, out value);
            case JsonTokenType.String:
                var isString = TryReadText(ref reader, out var text);
                value = text;
                return isString;
            case JsonTokenType.StartArray:
                return TryReadList(ref reader, depth, out value);
            default:
                var isObject = TryReadObject(ref reader, depth, 0, out var map);
                value = map is null ? default : PropertyValue.FromObject(map);
                return isObject;
        }
    }

    private bool TryReadNumber(ref Utf8JsonReader reader, out PropertyValue value)
    {
        value = default;
        if (!reader.TryGetDouble(out var number) || !double.IsFinite(number))
        {
            return refusal.Set("", "A number is beyond what a double holds.");
        }

        value = number;
        return true;
    }

    private bool TryReadList(ref Utf8JsonReader reader, int depth, out PropertyValue value)
    {
        value = default;
        if (depth >= EventLimits.NestingMax)
        {
            return refusal.Set("", EventLimits.TooDeep);
        }

        var start = _stack.Count;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (!TryReadValue(ref reader, depth + 1, out var item))
            {
                var index = _stack.Count - start;
                _stack.RemoveRange(start, index);
                return refusal.Under($"[{index}]");
            }

            _stack.Add(item);
        }

        var items = _stack.GetRange(start, _stack.Count - start).ToArray();
        _stack.RemoveRange(start, items.Length);
        value = items;
        return true;
    }

    private bool TryReadObject(ref Utf8JsonReader reader, int depth, int capacity, out PropertyMap map)
    {
        map = new PropertyMap(capacity);
        if (depth >= EventLimits.NestingMax)
        {
            return refusal.Set("", EventLimits.TooDeep);
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryReadName(ref reader, out var name))
            {
                return false;
            }

            if (name.Length == 0)
            {
                return refusal.Set("", "A property name is empty.");
            }

            reader.Read();
            if (!TryReadValue(ref reader, depth + 1, out var value))
            {
                return refusal.Under(name);
            }

            map[name] = value;
        }

        return true;
    }
}
