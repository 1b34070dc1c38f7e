using System.Text.Json;

namespace Klaviyo.Json;

// Klaviyo's profile-property, and ours with has_been: {"operator": "at-least", "quantity": 7, "unit": "day"}.
internal static class ProfilePropertyJson
{
    internal static Condition Parse(DefinitionNode node)
    {
        node.Allow("type", "property", "filter", "has_been");
        var property = new PropertyPath(node.Required("property").Name());
        var filter = FilterJson.Parse(node.Required("filter"));
        var hasBeen = node.Optional("has_been");
        return hasBeen.IsMissing ? new ProfilePropertyCondition(property, filter) : ParseHasBeen(hasBeen, property, filter);
    }

    internal static void Write(Utf8JsonWriter writer, ProfilePropertyCondition condition) =>
        WriteHead(writer, condition.Property, condition.Filter);

    internal static void Write(Utf8JsonWriter writer, HasBeenCondition condition)
    {
        WriteHead(writer, condition.Property, condition.Filter);
        writer.WriteStartObject("has_been");
        writer.WriteString("operator", condition.AtLeast ? "at-least" : "less-than");
        writer.WriteNumber("quantity", condition.Duration.Quantity);
        writer.WriteString("unit", UnitWords.Names.NameOf(condition.Duration.Unit));
        writer.WriteEndObject();
    }

    private static HasBeenCondition ParseHasBeen(DefinitionNode node, PropertyPath property, ValueFilter filter)
    {
        node.Allow("operator", "quantity", "unit");
        var op = node.Required("operator");
        var atLeast = op.Text() switch
        {
            "at-least" => true,
            "less-than" => false,
            var other => throw op.Error($"'{other}' is not an operator of has_been: at-least, less-than"),
        };
        return new HasBeenCondition(property, filter, atLeast, DateFilterJson.ParseSpan(node));
    }

    private static void WriteHead(Utf8JsonWriter writer, PropertyPath property, ValueFilter filter)
    {
        writer.WriteString("type", "profile-property");
        writer.WriteString("property", property.Text);
        writer.WritePropertyName("filter");
        FilterJson.Write(writer, filter);
    }
}
