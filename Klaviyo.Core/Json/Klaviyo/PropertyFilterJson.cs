using System.Text.Json;

namespace Klaviyo.Json;

internal static class PropertyFilterJson
{
    // Klaviyo's metric_filters: missing, null and an empty array all let every event pass.
    internal static ValueList<PropertyFilter> ParseAll(DefinitionNode node) =>
        node.IsMissing ? [] : ValueList.Of(node.Items().Select(Parse));

    internal static void WriteAll(
        Utf8JsonWriter writer, string name, ValueList<PropertyFilter> filters, Unseen<string> nothing = default)
    {
        if (filters.Count == 0)
        {
            Spelling.WriteNothing(writer, name, nothing);
            return;
        }

        writer.WriteStartArray(name);
        foreach (var filter in filters)
        {
            Write(writer, filter);
        }

        writer.WriteEndArray();
    }

    private static PropertyFilter Parse(DefinitionNode node)
    {
        node.Allow("property", "filter");
        var filter = node.Optional("filter");
        return new PropertyFilter(node.Required("property").Name(), filter.IsMissing ? null : FilterJson.Parse(filter))
        {
            Nothing = Spelling.OfNothing(filter),
        };
    }

    private static void Write(Utf8JsonWriter writer, PropertyFilter filter)
    {
        writer.WriteStartObject();
        writer.WriteString("property", filter.Property.Text);
        if (filter.Filter is not null)
        {
            writer.WritePropertyName("filter");
            FilterJson.Write(writer, filter.Filter);
        }
        else
        {
            Spelling.WriteNothing(writer, "filter", filter.Nothing);
        }

        writer.WriteEndObject();
    }
}
