using System.Text.Json;

namespace Klaviyo.Storage.Import;

/// <summary>Reads a mapping from JSON, or says where it cannot mean anything.</summary>
internal static class CsvRulesReader
{
    private static readonly string[] Names =
    [
        "profile", "time", "metric", "value", "unique_id", "properties", "profile_properties", "skip_when", "delimiter",
        "header",
    ];

    private static readonly string[] ColumnNames = ["column", "integer", "text"];
    private static readonly string[] TimeNames = ["column", "format", "zone"];

    internal static CsvRules Read(JsonElement mapping)
    {
        RequireNames(mapping, "$", Names);
        var rules = new CsvRules
        {
            Profile = ReadProfile(mapping),
            Metric = ReadMetric(mapping),
            MetricColumn = mapping.TryGetProperty("metric", out var metric) && metric.ValueKind == JsonValueKind.Object
                ? ReadColumn(metric, "$.metric")
                : null,
            Time = mapping.TryGetProperty("time", out var time) ? ReadTime(time) : null,
            Value = mapping.TryGetProperty("value", out var value) ? ReadValue(value) : null,
            UniqueId = ReadColumns(mapping, "unique_id"),
            Properties = ReadNamedColumns(mapping, "properties"),
            ProfileProperties = ReadNamedColumns(mapping, "profile_properties"),
            SkipWhen = ReadSkipWhen(mapping),
            Delimiter = mapping.TryGetProperty("delimiter", out var delimiter) ? ReadDelimiter(delimiter) : (byte)',',
            Header = mapping.TryGetProperty("header", out var header) ? ReadTexts(header, "$.header") : null,
        };
        RequireMetricFor(rules, mapping);
        return rules;
    }

    private static void RequireMetricFor(CsvRules rules, JsonElement mapping)
    {
        foreach (var name in new[] { "value", "unique_id", "properties" })
        {
            if (rules.IsOfProfiles && mapping.TryGetProperty(name, out _))
            {
                throw new DefinitionException($"$.{name}", "Only an event has it: name a metric, or leave it out.");
            }
        }
    }

    private static List<(IdentifierKind Kind, CsvColumn Column)> ReadProfile(JsonElement mapping)
    {
        const string Example = "Name the columns of the identifiers, e.g. {\"external_id\":\"CustomerID\"}.";
        if (!mapping.TryGetProperty("profile", out var profile) || profile.ValueKind != JsonValueKind.Object)
        {
            throw new DefinitionException("$.profile", Example);
        }

        var columns = profile.EnumerateObject()
            .Select(p => (ReadKind(p.Name), ReadColumn(p.Value, $"$.profile.{p.Name}")))
            .ToList();
        return columns.Count > 0 ? columns : throw new DefinitionException("$.profile", Example);
    }

    private static IdentifierKind ReadKind(string name)
    {
        try
        {
            return IdentifierKind.Of(name);
        }
        catch (ArgumentException e)
        {
            throw new DefinitionException($"$.profile.{name}", e.Message);
        }
    }

    private static string? ReadMetric(JsonElement mapping)
    {
        if (!mapping.TryGetProperty("metric", out var metric) || metric.ValueKind == JsonValueKind.Object)
        {
            return null;
        }

        var name = ReadText(metric, "$.metric");
        return name.Length is > 0 and <= EventLimits.MetricLengthMax
            ? name
            : throw new DefinitionException("$.metric", $"A metric has 1 to {EventLimits.MetricLengthMax} characters.");
    }

    private static CsvTimeColumn ReadTime(JsonElement time)
    {
        if (time.ValueKind == JsonValueKind.String)
        {
            return new CsvTimeColumn(ReadColumn(time, "$.time"), null, null);
        }

        RequireNames(time, "$.time", TimeNames);
        var column = time.TryGetProperty("column", out var name) ? ReadText(name, "$.time.column") : "";
        if (column.Length == 0)
        {
            throw new DefinitionException("$.time.column", "A column is needed.");
        }

        return new CsvTimeColumn(
            new CsvColumn(column, CsvType.Text, "$.time.column"),
            time.TryGetProperty("format", out var format) ? ReadText(format, "$.time.format") : null,
            time.TryGetProperty("zone", out var zone) ? ReadZone(zone) : null);
    }

    private static AccountZone ReadZone(JsonElement zone)
    {
        try
        {
            return AccountZone.Of(ReadText(zone, "$.time.zone"));
        }
        catch (ArgumentException e)
        {
            throw new DefinitionException("$.time.zone", e.Message);
        }
    }

    private static string ReadValue(JsonElement value)
    {
        return value.ValueKind switch
        {
            JsonValueKind.Number => value.GetRawText(),
            JsonValueKind.Object => ReadColumn(value, "$.value").Name,
            _ => ReadText(value, "$.value"),
        };
    }

    private static List<CsvColumn> ReadColumns(JsonElement mapping, string name)
    {
        if (!mapping.TryGetProperty(name, out var columns))
        {
            return [];
        }

        return columns.ValueKind == JsonValueKind.Array
            ? [.. columns.EnumerateArray().Select((c, i) => ReadColumn(c, $"$.{name}[{i}]"))]
            : [ReadColumn(columns, $"$.{name}")];
    }

    private static List<(string Name, CsvColumn Column)> ReadNamedColumns(JsonElement mapping, string name)
    {
        if (!mapping.TryGetProperty(name, out var columns) || columns.ValueKind != JsonValueKind.Object)
        {
            return [.. ReadColumns(mapping, name).Select(c => (c.Name, c))];
        }

        return [.. columns.EnumerateObject().Select(p => p.Name.Length > 0
            ? (p.Name, ReadColumn(p.Value, $"$.{name}.{p.Name}"))
            : throw new DefinitionException($"$.{name}", "A property has a name."))];
    }

    private static List<(CsvColumn Column, IReadOnlyList<string> Texts)> ReadSkipWhen(JsonElement mapping)
    {
        if (!mapping.TryGetProperty("skip_when", out var skip))
        {
            return [];
        }

        if (skip.ValueKind != JsonValueKind.Object)
        {
            throw new DefinitionException("$.skip_when", "Columns and texts are expected, e.g. {\"CustomerID\":\"\"}.");
        }

        return [.. skip.EnumerateObject().Select(p => (
            new CsvColumn(p.Name, CsvType.Text, $"$.skip_when.{p.Name}"),
            ReadTexts(p.Value, $"$.skip_when.{p.Name}")))];
    }

    private static byte ReadDelimiter(JsonElement delimiter)
    {
        var text = ReadText(delimiter, "$.delimiter");
        return text switch
        {
            "tab" => (byte)'\t',
            "whitespace" => CsvRow.Whitespace,
            [> '\0' and < '\u0080' and not ('"' or '\r' or '\n')] => (byte)text[0],
            _ => throw new DefinitionException("$.delimiter", "One ASCII character, tab, or whitespace is expected."),
        };
    }

    private static CsvColumn ReadColumn(JsonElement column, string path)
    {
        if (column.ValueKind == JsonValueKind.String)
        {
            return Named(column, CsvType.Inferred, path);
        }

        RequireNames(column, path, ColumnNames);
        if (!column.TryGetProperty("column", out var name))
        {
            throw new DefinitionException(path, "A column is needed, e.g. {\"column\":\"CustomerID\"}.");
        }

        var isInteger = column.TryGetProperty("integer", out var integer) && ReadBoolean(integer, $"{path}.integer");
        var isText = column.TryGetProperty("text", out var text) && ReadBoolean(text, $"{path}.text");
        return Named(name, isInteger ? CsvType.Integer : isText ? CsvType.Text : CsvType.Inferred, path);
    }

    private static CsvColumn Named(JsonElement name, CsvType type, string path)
    {
        var text = ReadText(name, path);
        return text.Length > 0
            ? new CsvColumn(text, type, path)
            : throw new DefinitionException(path, "The name of a column is empty.");
    }

    private static IReadOnlyList<string> ReadTexts(JsonElement texts, string path)
    {
        return texts.ValueKind == JsonValueKind.Array
            ? [.. texts.EnumerateArray().Select((t, i) => ReadText(t, $"{path}[{i}]"))]
            : [ReadText(texts, path)];
    }

    private static string ReadText(JsonElement element, string path)
    {
        return element.ValueKind == JsonValueKind.String
            ? element.GetString()!
            : throw new DefinitionException(path, "A string is expected.");
    }

    private static bool ReadBoolean(JsonElement element, string path)
    {
        return element.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? element.GetBoolean()
            : throw new DefinitionException(path, "True or false is expected.");
    }

    // What is not understood is not passed over: a misspelt name would silently lose a column.
    private static void RequireNames(JsonElement element, string path, string[] names)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new DefinitionException(path, $"An object is expected with {string.Join(", ", names)}.");
        }

        foreach (var property in element.EnumerateObject())
        {
            if (!names.Contains(property.Name))
            {
                throw new DefinitionException($"{path}.{property.Name}", $"Allowed are {string.Join(", ", names)}.");
            }
        }
    }
}
