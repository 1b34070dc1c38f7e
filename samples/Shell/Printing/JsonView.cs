using System.Text.Json;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Klaviyo.Samples;

/// <summary>Shows a JSON document to a person: names on the left, values on the right.</summary>
internal static class JsonView
{
    internal static IRenderable Of(JsonElement element)
    {
        return element.ValueKind switch
        {
            JsonValueKind.Object => Names(element),
            JsonValueKind.Array => new Rows(element.EnumerateArray().Select(Of)),
            _ => new Text(Plain(element)),
        };
    }

    /// <summary>Writes a value into a cell of a table.</summary>
    internal static string Plain(JsonElement element)
    {
        return element.ValueKind switch
        {
            JsonValueKind.Null or JsonValueKind.Undefined => "",
            JsonValueKind.String => Readable(element.GetString()!),
            JsonValueKind.Object =>
                string.Join(", ", element.EnumerateObject().Select(p => $"{p.Name}: {Plain(p.Value)}")),
            JsonValueKind.Array => string.Join(", ", element.EnumerateArray().Select(Plain)),
            _ => element.GetRawText(),
        };
    }

    // An instant in two words, so that a narrow table breaks it between day and time.
    private static string Readable(string text)
    {
        return text.Length == "2026-01-01T00:00:00.000Z".Length && text[10] == 'T' && text[^1] == 'Z' && Instant.TryParse(text, out _)
            ? text.Replace('T', ' ').Replace(".000Z", "Z", StringComparison.Ordinal)
            : text;
    }

    private static Grid Names(JsonElement element)
    {
        var grid = new Grid().AddColumn(new GridColumn().NoWrap()).AddColumn();
        foreach (var property in element.EnumerateObject())
        {
            grid.AddRow(new Text(property.Name, new Style(Color.Grey)), Of(property.Value));
        }

        return grid;
    }
}
