using System.Text.Json;

namespace Klaviyo.Json;

// Our conditions on one metric: aggregate, first-time, regularly, stopped, restarted.
internal static class MetricConditionJson
{
    internal static AggregateCondition ParseAggregate(DefinitionNode node)
    {
        node.Allow("type", "metric_id", "measurement", "filter", "timeframe_filter", "metric_filters");
        return new AggregateCondition
        {
            Metric = Metric(node),
            Measure = ProfileMetricJson.ParseMeasure(node.Required("measurement")),
            Filter = FilterJson.Parse(node.Required("filter")),
            Window = Window(node),
            Where = Where(node),
        };
    }

    internal static FirstTimeCondition ParseFirstTime(DefinitionNode node)
    {
        node.Allow("type", "metric_id", "timeframe_filter", "metric_filters");
        return new FirstTimeCondition { Metric = Metric(node), Window = Window(node), Where = Where(node) };
    }

    internal static RestartedCondition ParseRestarted(DefinitionNode node)
    {
        node.Allow("type", "metric_id", "gap", "timeframe_filter", "metric_filters");
        var gap = node.Required("gap");
        gap.Allow("quantity", "unit");
        return new RestartedCondition
        {
            Metric = Metric(node),
            Gap = DateFilterJson.ParseSpan(gap),
            Window = Window(node),
            Where = Where(node),
        };
    }

    internal static RegularlyCondition ParseRegularly(DefinitionNode node)
    {
        node.Allow("type", "metric_id", "times", "quantity", "unit", "metric_filters");
        return new RegularlyCondition
        {
            Metric = Metric(node),
            Times = Times(node),
            Quantity = node.Required("quantity").Integer(1, Periods.CountMax),
            Unit = DateFilterJson.Unit(node),
            Where = Where(node),
        };
    }

    internal static StoppedCondition ParseStopped(DefinitionNode node)
    {
        node.Allow("type", "metric_id", "quantity", "unit", "times", "in_each_of", "metric_filters");
        var each = node.Optional("in_each_of");
        return new StoppedCondition
        {
            Metric = Metric(node),
            Quantity = node.Required("quantity").Integer(0, int.MaxValue),
            Unit = DateFilterJson.Unit(node),
            Times = Times(node),
            InEachOf = each.IsMissing ? null : each.Integer(1, Periods.CountMax),
            Where = Where(node),
        };
    }

    internal static void Write(Utf8JsonWriter writer, AggregateCondition condition)
    {
        Head(writer, "aggregate", condition);
        writer.WriteString("measurement", condition.Measure.ToString());
        writer.WritePropertyName("filter");
        FilterJson.Write(writer, condition.Filter);
        Tail(writer, condition);
    }

    internal static void Write(Utf8JsonWriter writer, FirstTimeCondition condition)
    {
        Head(writer, "first-time", condition);
        Tail(writer, condition);
    }

    internal static void Write(Utf8JsonWriter writer, RestartedCondition condition)
    {
        Head(writer, "restarted", condition);
        writer.WriteStartObject("gap");
        DateFilterJson.WriteSpan(writer, condition.Gap.Quantity, condition.Gap.Unit);
        writer.WriteEndObject();
        Tail(writer, condition);
    }

    internal static void Write(Utf8JsonWriter writer, RegularlyCondition condition)
    {
        Head(writer, "regularly", condition);
        writer.WriteNumber("times", condition.Times);
        DateFilterJson.WriteSpan(writer, condition.Quantity, condition.Unit);
        PropertyFilterJson.WriteAll(writer, "metric_filters", condition.Where);
    }

    internal static void Write(Utf8JsonWriter writer, StoppedCondition condition)
    {
        Head(writer, "stopped", condition);
        DateFilterJson.WriteSpan(writer, condition.Quantity, condition.Unit);
        writer.WriteNumber("times", condition.Times);
        if (condition.InEachOf is { } units)
        {
            writer.WriteNumber("in_each_of", units);
        }

        PropertyFilterJson.WriteAll(writer, "metric_filters", condition.Where);
    }

    private static void Head(Utf8JsonWriter writer, string type, MetricCondition condition)
    {
        writer.WriteString("type", type);
        writer.WriteString("metric_id", condition.Metric);
    }

    private static void Tail(Utf8JsonWriter writer, MetricWindowCondition condition)
    {
        if (condition.Window is not AlltimeDateFilter)
        {
            writer.WritePropertyName("timeframe_filter");
            FilterJson.Write(writer, condition.Window);
        }

        PropertyFilterJson.WriteAll(writer, "metric_filters", condition.Where);
    }

    private static string Metric(DefinitionNode node) => node.Required("metric_id").Name();

    private static int Times(DefinitionNode node) =>
        node.Optional("times") is { IsMissing: false } times ? times.Integer(1, int.MaxValue) : 1;

    private static DateFilter Window(DefinitionNode node) =>
        node.Optional("timeframe_filter") is { IsMissing: false } window ? DateFilterJson.Parse(window) : new AlltimeDateFilter();

    private static ValueList<PropertyFilter> Where(DefinitionNode node) => PropertyFilterJson.ParseAll(node.Optional("metric_filters"));
}
