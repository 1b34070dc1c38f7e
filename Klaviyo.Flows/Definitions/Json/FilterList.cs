using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Filters on properties of an event from and to JSON, as in Klaviyo's <c>metric_filters</c>.</summary>
internal static class FilterList
{
    internal static ValueList<PropertyFilter> Read(DefinitionNode node) =>
        node.IsMissing ? [] : ValueList.Of(node.Items().Select(ReadOne));

    internal static void Write(Utf8JsonWriter writer, string name, ValueList<PropertyFilter> filters)
    {
        if (filters.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (var filter in filters)
        {
            writer.WriteStartObject();
            writer.WriteString("property", filter.Property.Text);
            if (filter.Filter is not null)
            {
                writer.WritePropertyName("filter");
                FilterJson.Write(writer, filter.Filter);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static PropertyFilter ReadOne(DefinitionNode node)
    {
        node.Allow("property", "filter");
        var filter = node.Optional("filter");
        return new PropertyFilter(node.Required("property").Name(), filter.IsMissing ? null : FilterJson.Parse(filter));
    }
}
