using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Where values come from, from and to JSON: <c>{"value": 5}</c> or <c>{"from": {"event": "Brand"}}</c>.</summary>
internal static class ValueSourceJson
{
    private static readonly string[] Words = ["value", "profile", "event", "variable"];

    /// <summary>Reads <c>{"profile": …}</c>, <c>{"event": …}</c>, <c>{"variable": …}</c> or <c>{"value": …}</c>.</summary>
    internal static ValueSource Read(DefinitionNode node)
    {
        node.Allow(Words);
        var word = Array.Find(Words, node.Has) ?? throw node.Expected(string.Join(", ", Words));
        node.Allow(word);
        return word switch
        {
            "profile" => ValueSource.Profile(node.Required(word).Name()),
            "event" => ValueSource.Event(node.Required(word).Name()),
            "variable" => ValueSource.Variable(node.Required(word).Name()),
            _ => ValueSource.Given(node.Optional(word).Value()),
        };
    }

    internal static void Write(Utf8JsonWriter writer, ValueSource source)
    {
        writer.WriteStartObject();
        writer.WritePropertyName(Words[(int)source.Kind]);
        if (source.Path is { } path)
        {
            writer.WriteStringValue(path.Text);
        }
        else
        {
            PropertyJson.Write(writer, source.Value);
        }

        writer.WriteEndObject();
    }

    /// <summary>Reads <c>[{"name": …, "value": …}, {"name": …, "from": …}]</c>.</summary>
    internal static ValueList<Assignment> ReadAll(DefinitionNode node) =>
        node.IsMissing ? [] : ValueList.Of(node.Items().Select(ReadOne));

    internal static void WriteAll(Utf8JsonWriter writer, string name, ValueList<Assignment> assignments)
    {
        writer.WriteStartArray(name);
        foreach (var assignment in assignments)
        {
            writer.WriteStartObject();
            writer.WriteString("name", assignment.Name);
            writer.WritePropertyName(assignment.Source.Path is null ? "value" : "from");
            if (assignment.Source.Path is null)
            {
                PropertyJson.Write(writer, assignment.Source.Value);
            }
            else
            {
                Write(writer, assignment.Source);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static Assignment ReadOne(DefinitionNode node)
    {
        node.Allow("name", "value", "from");
        var from = node.Optional("from");
        if (from.IsMissing && !node.Has("value"))
        {
            throw node.Error("a value, or from where it is taken, is expected");
        }

        if (!from.IsMissing && node.Has("value"))
        {
            from.Refuse("a value is given already: it is that, or taken from somewhere");
        }

        return new Assignment(
            node.Required("name").Name(),
            from.IsMissing ? ValueSource.Given(node.Optional("value").Value()) : Read(from));
    }
}
