using System.Text.Json;

namespace Klaviyo.Json;

internal static class ProfileMetricJson
{
    internal static ProfileMetricCondition Parse(DefinitionNode node)
    {
        node.Allow("type", "metric_id", "measurement", "measurement_filter", "timeframe_filter", "metric_filters");
        return new ProfileMetricCondition
        {
            Metric = node.Required("metric_id").Name(),
            Measure = ParseMeasure(node.Required("measurement")),
            Amount = FilterJson.ParseNumber(node.Required("measurement_filter")),
            Window = DateFilterJson.Parse(node.Required("timeframe_filter")),
            Where = PropertyFilterJson.ParseAll(node.Optional("metric_filters")),
            NoFilters = Spelling.OfNothing(node.Optional("metric_filters")),
        };
    }

    internal static void Write(Utf8JsonWriter writer, ProfileMetricCondition condition)
    {
        writer.WriteString("type", "profile-metric");
        writer.WriteString("metric_id", condition.Metric);
        writer.WriteString("measurement", condition.Measure.ToString());
        writer.WritePropertyName("measurement_filter");
        FilterJson.Write(writer, condition.Amount);
        writer.WritePropertyName("timeframe_filter");
        FilterJson.Write(writer, condition.Window);
        PropertyFilterJson.WriteAll(writer, "metric_filters", condition.Where, condition.NoFilters);
    }

    internal static Measure ParseMeasure(DefinitionNode node)
    {
        return Measure.TryParse(node.Text(), out var measure)
            ? measure!
            : throw node.Error($"'{node.Text()}' is not a measurement: {Measure.Names.All}; with a property, e.g. sum:Quantity");
    }
}
