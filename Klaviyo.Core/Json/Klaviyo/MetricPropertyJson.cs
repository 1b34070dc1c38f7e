using System.Text.Json;

namespace Klaviyo.Json;

internal static class MetricPropertyJson
{
    internal static MetricPropertyCondition Parse(DefinitionNode node)
    {
        node.Allow("type", "metric_id", "field", "filter");
        return new MetricPropertyCondition(
            node.Required("metric_id").Name(),
            node.Required("field").Name(),
            FilterJson.Parse(node.Required("filter")));
    }

    internal static void Write(Utf8JsonWriter writer, MetricPropertyCondition condition)
    {
        writer.WriteString("type", "metric-property");
        writer.WriteString("metric_id", condition.Metric);
        writer.WriteString("field", condition.Property.Text);
        writer.WritePropertyName("filter");
        FilterJson.Write(writer, condition.Filter);
    }
}
