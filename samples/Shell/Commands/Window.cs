using System.Globalization;
using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Samples.Commands;

/// <summary>Reads the texts that say which events count.</summary>
internal static class Window
{
    /// <summary>Reads <c>30d</c>: the last 30 days.</summary>
    internal static DateFilter Last(string text)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        var unit = text[digits..] switch
        {
            "m" or "min" => TimeUnit.Minute,
            "h" => TimeUnit.Hour,
            "d" => TimeUnit.Day,
            "w" => TimeUnit.Week,
            "mo" => TimeUnit.Month,
            "y" => TimeUnit.Year,
            _ => throw new FormatException($"'{text}' is not a span such as 30d; units are m, h, d, w, mo, y."),
        };
        return int.TryParse(text[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out var quantity)
            ? new RelativeDateFilter(RelativeDateOperator.InTheLast, quantity, unit)
            : throw new FormatException($"'{text}' is not a span such as 30d.");
    }

    /// <summary>Reads a length of time such as <c>90m</c>, <c>6h</c>, <c>2d</c>.</summary>
    internal static TimeSpan Span(string text)
    {
        var number = double.TryParse(text.AsSpan(0, Math.Max(0, text.Length - 1)), NumberStyles.AllowDecimalPoint,
            CultureInfo.InvariantCulture, out var parsed) ? parsed : -1;
        return (text.LastOrDefault(), number) switch
        {
            ('s', >= 0) => TimeSpan.FromSeconds(number),
            ('m', >= 0) => TimeSpan.FromMinutes(number),
            ('h', >= 0) => TimeSpan.FromHours(number),
            ('d', >= 0) => TimeSpan.FromDays(number),
            _ => throw new FormatException($"'{text}' is not a length of time such as 90m; units are s, m, h, d."),
        };
    }

    /// <summary>Reads a date filter of Klaviyo.</summary>
    internal static DateFilter Parse(string json)
    {
        using var document = Read(json, "--window");
        var node = new DefinitionNode(document.RootElement, "$", inFlow: false);
        return FilterJson.Parse(node) as DateFilter ?? throw node.Required("type").Expected("'date'");
    }

    /// <summary>Reads metric filters of Klaviyo; one may stand alone.</summary>
    internal static ValueList<PropertyFilter> ParseWhere(string json)
    {
        using var document = Read(json, "--where");
        var node = new DefinitionNode(document.RootElement, "$", inFlow: false);
        return document.RootElement.ValueKind == JsonValueKind.Array
            ? ValueList.Of(node.Items().Select(ParseFilter))
            : [ParseFilter(node)];
    }

    private static PropertyFilter ParseFilter(DefinitionNode node) =>
        new(node.Required("property").Name(), FilterJson.Parse(node.Required("filter")));

    private static JsonDocument Read(string json, string option)
    {
        try
        {
            return JsonDocument.Parse(json);
        }
        catch (JsonException broken)
        {
            throw new UsageException($"{option} is not JSON: {broken.Message}");
        }
    }
}
