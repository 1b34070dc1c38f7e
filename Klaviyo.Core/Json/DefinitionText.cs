using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Klaviyo.Json;

/// <summary>The text of a definition as JSON, without what may stand nowhere in one.</summary>
/// <threadsafety>Stateless.</threadsafety>
public static class DefinitionText
{
    /// <summary>The deepest nesting of objects and arrays that is accepted.</summary>
    /// <remarks>A condition in a group of a group takes four levels, so <see cref="ConditionJson.NestingMax"/> conditions fit in.</remarks>
    public const int DepthMax = (4 * ConditionJson.NestingMax) + 64;

    private static readonly JsonDocumentOptions AsDeep = new() { MaxDepth = DepthMax };

    // One level more: what is too deep is said here, with its place.
    private static readonly JsonReaderOptions Deeper = new() { MaxDepth = DepthMax + 1 };

    // Half a character is an error and not a question mark.
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a text.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> is null.</exception>
    /// <exception cref="DefinitionException">
    /// Not JSON; or half a character, a number that no double holds, a field that an object has twice, or what is nested deeper than
    /// <see cref="DepthMax"/>, with its path.
    /// </exception>
    public static JsonDocument Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            // Looked at before it is made a document: that takes a time which grows with the square of the depth.
            var utf8 = Strict.GetBytes(json);
            ThrowIfUnsound(utf8, "$");
            return JsonDocument.Parse(utf8, AsDeep);
        }
        catch (Exception broken) when (broken is JsonException or ArgumentException)
        {
            throw NotJson("$", broken);
        }
    }

    // What a host has read may hold comments, so it is read again.
    internal static void ThrowIfUnsound(JsonElement element, string path)
    {
        if (element.ValueKind != JsonValueKind.Undefined)
        {
            ThrowIfUnsound(JsonMarshal.GetRawUtf8Value(element), path);
        }
    }

    private static void ThrowIfUnsound(ReadOnlySpan<byte> utf8, string path)
    {
        var reader = new Utf8JsonReader(utf8, Deeper);
        var open = new List<Level>();
        try
        {
            while (reader.Read())
            {
                if (FaultAt(ref reader, open) is { } fault)
                {
                    throw new DefinitionException(path + string.Concat(open.Select(l => l.Place)), fault);
                }
            }
        }
        catch (JsonException broken)
        {
            throw NotJson(path, broken);
        }
    }

    // What is open is where the token stands.
    private static string? FaultAt(ref Utf8JsonReader reader, List<Level> open)
    {
        if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
        {
            open.RemoveAt(open.Count - 1);
            return null;
        }

        if (reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = IsWhole(ref reader) ? reader.GetString() : null;
            return open[^1].TryName(name) ? null
                : name is null ? "has a field whose name holds half a character: an escaped surrogate without the other"
                : "stands here twice";
        }

        if (open.Count > 0)
        {
            open[^1].Count();
        }

        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject or JsonTokenType.StartArray when open.Count == DepthMax:
                return string.Create(CultureInfo.InvariantCulture, $"is nested deeper than {DepthMax}");
            case JsonTokenType.StartObject or JsonTokenType.StartArray:
                open.Add(new Level(reader.TokenType == JsonTokenType.StartArray));
                return null;
            case JsonTokenType.String when !IsWhole(ref reader):
                return "holds half a character: an escaped surrogate without the other";
            case JsonTokenType.Number when !reader.TryGetDouble(out var number) || !double.IsFinite(number):
                return $"a number is expected that a double holds, not {Encoding.UTF8.GetString(reader.ValueSpan)}";
            default:
                return null;
        }
    }

    // Only an escape can say half a character: the text around it is UTF-8.
    private static bool IsWhole(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return true;
        }

        try
        {
            return reader.GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static DefinitionException NotJson(string path, Exception broken) => new(path, $"is not JSON: {broken.Message}");

    // An object or array that has begun, and the field or item of it at which the reader is; none before the first.
    private sealed class Level(bool isArray)
    {
        private HashSet<string>? _names;
        private string? _name;
        private int _index = -1;

        internal string Place => !isArray && _name is not null ? $".{_name}"
            : isArray && _index >= 0 ? string.Create(CultureInfo.InvariantCulture, $"[{_index}]")
            : "";

        internal bool TryName(string? name)
        {
            _name = name;
            _names ??= new HashSet<string>(StringComparer.Ordinal);
            return name is not null && _names.Add(name);
        }

        internal void Count() => _index++;
    }
}
