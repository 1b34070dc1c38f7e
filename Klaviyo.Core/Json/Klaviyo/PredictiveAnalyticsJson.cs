namespace Klaviyo.Json;

// profile-predictive-analytics. Nothing computes predictions yet, so every dimension is refused by its name: a condition
// that never holds would be taken for an answer. What computes a dimension moves it from here to a condition of its own.
internal static class PredictiveAnalyticsJson
{
    private static readonly string[] Dimensions =
    [
        "average_days_between_orders", "average_order_value", "churn_probability", "historic_clv", "historic_number_of_orders",
        "predicted_clv", "predicted_number_of_orders", "total_clv", "expected_date_of_next_purchase", "predicted_gender",
        "channel_affinity",
    ];

    internal static ForeignCondition Parse(DefinitionNode node)
    {
        var dimension = node.Required("dimension");
        var name = dimension.Text();
        return Dimensions.Contains(name)
            ? FlowConditionJson.ParseForeign(node, dimension, $"the prediction '{name}' is not supported yet")
            : throw dimension.Error($"'{name}' is not a dimension of predictions: {string.Join(", ", Dimensions)}");
    }
}
