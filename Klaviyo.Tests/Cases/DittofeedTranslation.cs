using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Klaviyo.Tests.Cases;

// Segment definitions of Dittofeed (see shared cases, dittofeed_segments.json) as definitions of ours.
//
// What they do not say in the same way:
//   Equals, NotEquals   compare the text of a scalar; ours do not coerce, so "10" asks for the string, the number or the boolean.
//   Exists, NotExists   take an empty string and an empty list for missing; ours take them for set.
internal static class DittofeedTranslation
{
    private static readonly Dictionary<string, string> NotTranslated = new()
    {
        ["RandomBucket"] = "draws other profiles than ours with the same percentage",
        ["SubscriptionGroup"] = "consents are written, not derived from events",
        ["KeyedPerformed"] = "counts events that share the key of an event in a journey",
    };

    internal static bool TryTranslate(JsonElement definition, out string json, out string reason)
    {
        try
        {
            var nodes = definition.GetProperty("nodes").EnumerateArray().ToDictionary(n => n.GetProperty("id").GetString()!);
            json = Condition(definition.GetProperty("entryNode"), nodes).ToJsonString();
            reason = "";
            return true;
        }
        catch (NotSupportedException cannot)
        {
            json = "";
            reason = cannot.Message;
            return false;
        }
    }

    private static JsonObject Condition(JsonElement node, Dictionary<string, JsonElement> nodes)
    {
        return Text(node, "type") switch
        {
            "And" => new JsonObject { ["and"] = Children(node, nodes) },
            "Or" => new JsonObject { ["or"] = Children(node, nodes) },
            "Everyone" => new JsonObject { ["and"] = new JsonArray() },
            "Trait" => Trait(node),
            "Includes" => Property(Text(node, "path"), Filter("list", "contains", Text(node, "item"))),
            "Performed" => Performed(node),
            "LastPerformed" => LastPerformed(node),
            "Email" => Email(node),
            "Manual" => Manual(node),
            var type => throw new NotSupportedException(NotTranslated.GetValueOrDefault(type, $"unknown node type {type}")),
        };
    }

    private static JsonArray Children(JsonElement node, Dictionary<string, JsonElement> nodes) =>
        [.. node.GetProperty("children").EnumerateArray().Select(id => Condition(nodes[id.GetString()!], nodes))];

    private static JsonObject Trait(JsonElement node)
    {
        var op = node.GetProperty("operator");
        if (Text(op, "type") != "HasBeen")
        {
            return Test(op, filter => Property(Path(node), filter));
        }

        var hasBeen = Property(Path(node), Filter("string", "equals", Text(op, "value")));
        hasBeen["has_been"] = new JsonObject
        {
            ["operator"] = Text(op, "comparator") == "LT" ? "less-than" : "at-least",
            ["quantity"] = op.GetProperty("windowSeconds").GetInt32(),
            ["unit"] = "second",
        };
        return hasBeen;
    }

    private static JsonObject Performed(JsonElement node)
    {
        var op = node.TryGetProperty("timesOperator", out var times) ? times.GetString() : ">=";
        var filters = new JsonArray();
        foreach (var property in Properties(node, "properties"))
        {
            filters.Add(EventFilter(property));
        }

        return Metric(Metric(node), op!, node.TryGetProperty("times", out var count) ? count.GetInt32() : 1, Window(node), filters);
    }

    private static JsonObject LastPerformed(JsonElement node)
    {
        return new JsonObject
        {
            ["type"] = "last-metric",
            ["metric_id"] = Metric(node),
            ["where"] = new JsonArray([.. Properties(node, "whereProperties").Select(EventFilter)]),
            ["metric_filters"] = new JsonArray([.. Properties(node, "hasProperties").Select(EventFilter)]),
        };
    }

    private static JsonObject Email(JsonElement node)
    {
        var template = new JsonObject { ["property"] = "templateId", ["filter"] = Filter("string", "equals", Text(node, "templateId")) };
        return Metric(Text(node, "event"), ">=", 1, Window(node), [template]);
    }

    // A list kept by hand, emptied by a new version: what was said last of the present version counts.
    private static JsonObject Manual(JsonElement node)
    {
        return new JsonObject
        {
            ["type"] = "last-metric",
            ["metric_id"] = "DFManualSegmentUpdate",
            ["where"] = new JsonArray(EventNumber("version", node.GetProperty("version").GetInt32())),
            ["metric_filters"] = new JsonArray(EventNumber("inSegment", 1)),
        };
    }

    private static JsonObject EventNumber(string property, int number) =>
        new() { ["property"] = property, ["filter"] = Filter("numeric", "equals", number) };

    private static JsonObject Metric(string metric, string op, int times, JsonObject window, JsonArray filters)
    {
        var name = op switch
        {
            "=" => "equals",
            ">=" => "greater-than-or-equal",
            "<" => "less-than",
            _ => throw new NotSupportedException($"unknown timesOperator {op}"),
        };
        return new JsonObject
        {
            ["type"] = "profile-metric",
            ["metric_id"] = metric,
            ["measurement"] = "count",
            ["measurement_filter"] = Filter("numeric", name, times),
            ["timeframe_filter"] = window,
            ["metric_filters"] = filters,
        };
    }

    // A condition on a profile may be a whole tree, a filter on an event is one: text that looks like a number is taken for one.
    private static JsonNode EventFilter(JsonElement property)
    {
        var op = property.GetProperty("operator");
        var filter = (Text(op, "type"), op.TryGetProperty("value", out var value) ? value : default) switch
        {
            ("Equals", var v) when double.TryParse(v.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) =>
                Filter("numeric", "equals", number),
            ("Equals", var v) => Filter("string", "equals", v.ToString()),
            ("Exists", _) => Set(true),
            ("NotExists", _) => Set(false),
            ("GreaterThanOrEqual", var v) => Filter("numeric", "greater-than-or-equal", v.GetDouble()),
            ("LessThan", var v) => Filter("numeric", "less-than", v.GetDouble()),
            (var type, _) => throw new NotSupportedException($"operator {type} on an event property"),
        };
        return new JsonObject { ["property"] = Path(property), ["filter"] = filter };
    }

    private static JsonObject Test(JsonElement op, Func<JsonNode, JsonObject> on)
    {
        return Text(op, "type") switch
        {
            "Equals" => EqualTo(op.GetProperty("value"), on),
            "NotEquals" => new JsonObject { ["not"] = EqualTo(op.GetProperty("value"), on) },
            "Exists" => Exists(on),
            "NotExists" => new JsonObject { ["not"] = Exists(on) },
            "GreaterThanOrEqual" => on(Filter("numeric", "greater-than-or-equal", op.GetProperty("value").GetDouble())),
            "LessThan" => on(Filter("numeric", "less-than", op.GetProperty("value").GetDouble())),
            "Within" => on(InTheLast(op.GetProperty("windowSeconds").GetInt32())),
            "AbsoluteTimestamp" => on(new JsonObject
            {
                ["type"] = "date",
                ["operator"] = Text(op, "direction") == "before" ? "before" : "after",
                ["date"] = Text(op, "absoluteTimestamp"),
            }),
            var type => throw new NotSupportedException($"unknown operator {type}"),
        };
    }

    private static JsonObject EqualTo(JsonElement value, Func<JsonNode, JsonObject> on)
    {
        var text = value.ToString();
        var alternatives = new JsonArray { on(Filter("string", "equals", text)) };
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
        {
            alternatives.Add(on(Filter("numeric", "equals", number)));
        }

        if (text is "true" or "false")
        {
            alternatives.Add(on(Filter("boolean", "equals", text == "true")));
        }

        return new JsonObject { ["or"] = alternatives };
    }

    private static JsonObject Exists(Func<JsonNode, JsonObject> on)
    {
        return new JsonObject
        {
            ["and"] = new JsonArray
            {
                on(Set(true)),
                on(Filter("string", "not-equals", "")),
                new JsonObject { ["not"] = on(Filter("list", "length-equals", 0)) },
            },
        };
    }

    private static string Metric(JsonElement node)
    {
        var name = Text(node, "event");
        return name.EndsWith('*') ? throw new NotSupportedException("metrics by prefix") : name;
    }

    private static string Path(JsonElement node)
    {
        // Upstream ignores a condition whose path is no JSONPath; for us it is a plain name, and the condition counts.
        var path = Text(node, "path");
        return path.StartsWith('!') ? throw new NotSupportedException("a path with a syntax error is ignored upstream") : path;
    }

    private static JsonElement.ArrayEnumerator Properties(JsonElement node, string name) =>
        node.TryGetProperty(name, out var properties) ? properties.EnumerateArray() : default;

    private static JsonObject Window(JsonElement node)
    {
        return node.TryGetProperty("withinSeconds", out var seconds)
            ? InTheLast(seconds.GetInt32())
            : new JsonObject { ["type"] = "date", ["operator"] = "alltime" };
    }

    private static JsonObject InTheLast(int seconds) =>
        new() { ["type"] = "date", ["operator"] = "in-the-last", ["unit"] = "second", ["quantity"] = seconds };

    private static JsonObject Property(string path, JsonNode filter) =>
        new() { ["type"] = "profile-property", ["property"] = path, ["filter"] = filter };

    private static JsonObject Set(bool isSet) => new() { ["type"] = "existence", ["operator"] = isSet ? "is-set" : "not-set" };

    private static JsonObject Filter(string type, string op, JsonNode value) =>
        new() { ["type"] = type, ["operator"] = op, ["value"] = value };

    private static string Text(JsonElement node, string name) => node.GetProperty(name).GetString()!;
}
