using System.Text.Json;
using System.Text.Json.Nodes;

namespace Klaviyo.Tests.Support;

// Makes examples of a schema of Klaviyo's OpenAPI documents: each allowed value of each field once, the other fields at
// their first value.
internal sealed class SchemaExamples(JsonElement document)
{
    internal IEnumerable<JsonNode?> Of(string schema) => Of(document.GetProperty("components").GetProperty("schemas").GetProperty(schema));

    private IEnumerable<JsonNode?> Of(JsonElement schema)
    {
        if (schema.TryGetProperty("$ref", out var reference))
        {
            return Of(reference.GetString()!.Split('/')[^1]);
        }

        var examples = schema.TryGetProperty("oneOf", out var alternatives)
            ? alternatives.EnumerateArray().SelectMany(Of)
            : OfType(schema);
        return IsNullable(schema) ? examples.Append(null) : examples;
    }

    private static bool IsNullable(JsonElement schema) =>
        schema.TryGetProperty("nullable", out var nullable) && nullable.GetBoolean();

    private IEnumerable<JsonNode?> OfType(JsonElement schema)
    {
        if (schema.TryGetProperty("enum", out var values))
        {
            return values.EnumerateArray().Select(v => JsonNode.Parse(v.GetRawText()));
        }

        if (!schema.TryGetProperty("type", out var type))
        {
            return [];
        }

        return type.GetString() switch
        {
            "object" => OfObject(schema),
            "array" => Of(schema.GetProperty("items")).Select(item => new JsonArray(item?.DeepClone())),
            "integer" => [JsonValue.Create(5)],
            "number" => [JsonValue.Create(2.5)],
            "boolean" => [JsonValue.Create(true), JsonValue.Create(false)],
            _ => [JsonValue.Create(Text(schema))],
        };
    }

    private static string Text(JsonElement schema)
    {
        return schema.TryGetProperty("format", out var format) ? format.GetString() switch
        {
            "time" => "09:30:00",
            "date" => "2022-11-08",
            _ => "2022-11-08T00:00:00+00:00",
        } : "abc";
    }

    private IEnumerable<JsonNode?> OfObject(JsonElement schema)
    {
        if (!schema.TryGetProperty("properties", out var properties))
        {
            yield return new JsonObject();
            yield return new JsonObject { ["abc"] = 2.5 };
            yield break;
        }

        var fields = properties.EnumerateObject().ToDictionary(p => p.Name, p => Of(p.Value).ToList());
        var required = schema.TryGetProperty("required", out var names)
            ? names.EnumerateArray().Select(r => r.GetString()!).ToHashSet()
            : [];
        yield return new JsonObject(fields.Where(f => required.Contains(f.Key)).Select(f => KeyValuePair.Create(f.Key, f.Value[0]?.DeepClone())));
        foreach (var (name, examples) in fields)
        {
            foreach (var example in examples)
            {
                yield return new JsonObject(fields.Select(f =>
                    KeyValuePair.Create(f.Key, (f.Key == name ? example : f.Value[0])?.DeepClone())));
            }
        }
    }
}
