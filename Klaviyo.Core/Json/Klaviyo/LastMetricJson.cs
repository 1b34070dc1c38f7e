using System.Text.Json;

namespace Klaviyo.Json;

internal static class LastMetricJson
{
    internal static LastMetricCondition Parse(DefinitionNode node)
    {
        node.Allow("type", "metric_id", "timeframe_filter", "where", "metric_filters");
        var window = node.Optional("timeframe_filter");
        return new LastMetricCondition
        {
            Metric = node.Required("metric_id").Name(),
            Window = window.IsMissing ? new AlltimeDateFilter() : DateFilterJson.Parse(window),
            Where = PropertyFilterJson.ParseAll(node.Optional("where")),
            Filters = PropertyFilterJson.ParseAll(node.Optional("metric_filters")),
        };
    }

    internal static void Write(Utf8JsonWriter writer, LastMetricCondition condition)
    {
        writer.WriteString("type", "last-metric");
        writer.WriteString("metric_id", condition.Metric);
        if (condition.Window is not AlltimeDateFilter)
        {
            writer.WritePropertyName("timeframe_filter");
            FilterJson.Write(writer, condition.Window);
        }

        PropertyFilterJson.WriteAll(writer, "where", condition.Where);
        PropertyFilterJson.WriteAll(writer, "metric_filters", condition.Filters);
    }
}
