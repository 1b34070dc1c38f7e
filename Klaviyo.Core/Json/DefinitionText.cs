using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Klaviyo.Json;

/// <summary>The text of a definition as JSON, without what may stand nowhere in one.</summary>
/// <threadsafety>Stateless.</threadsafety>
public static class DefinitionText
{
    /// <summary>Reads a text.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="ArgumentNullException"><paramref name="json"/> is null.</exception>
    /// <exception cref="DefinitionException">
    /// Not JSON; or half a character, a number that no double holds, or a field that an object has twice, with its path.
    /// </exception>
    public static JsonDocument Parse(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            var document = JsonDocument.Parse(json);
            ThrowIfUnsound(document.RootElement, "$");
            return document;
        }
        catch (Exception broken) when (broken is JsonException or ArgumentException)
        {
            throw new DefinitionException("$", $"is not JSON: {broken.Message}");
        }
    }

    internal static void ThrowIfUnsound(JsonElement element, string path)
    {
        if (FaultIn(element) is { } fault)
        {
            throw new DefinitionException(path + fault.Place, fault.What);
        }
    }

    // The place is put together on the way out: a list of a hundred thousand values needs no paths.
    private static (string Place, string What)? FaultIn(JsonElement element)
    {
        return element.ValueKind switch
        {
            JsonValueKind.Object => FaultInObject(element),
            JsonValueKind.Array => FaultInArray(element),
            JsonValueKind.String when !IsWhole(element) => ("", "holds half a character: an escaped surrogate without the other"),
            JsonValueKind.Number when !element.TryGetDouble(out var number) || !double.IsFinite(number) =>
                ("", $"a number is expected that a double holds, not {element.GetRawText()}"),
            _ => null,
        };
    }

    private static (string Place, string What)? FaultInObject(JsonElement element)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var field in element.EnumerateObject())
        {
            if (NameOf(field) is not { } name)
            {
                return ("", "has a field whose name holds half a character: an escaped surrogate without the other");
            }

            if (!names.Add(name))
            {
                return ($".{name}", "stands here twice");
            }

            if (FaultIn(field.Value) is { } fault)
            {
                return ($".{name}{fault.Place}", fault.What);
            }
        }

        return null;
    }

    private static (string Place, string What)? FaultInArray(JsonElement element)
    {
        var index = 0;
        foreach (var item in element.EnumerateArray())
        {
            if (FaultIn(item) is { } fault)
            {
                return (string.Create(CultureInfo.InvariantCulture, $"[{index}]{fault.Place}"), fault.What);
            }

            index++;
        }

        return null;
    }

    // Only an escape can say half a character: the text around it is UTF-8.
    private static bool IsWhole(JsonElement element)
    {
        if (!JsonMarshal.GetRawUtf8Value(element).Contains((byte)'\\'))
        {
            return true;
        }

        try
        {
            return element.GetString() is not null;
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string? NameOf(JsonProperty field)
    {
        try
        {
            return field.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
