using System.Text.Json;

namespace Klaviyo.Json;

// The conditions that Klaviyo has in flows only, and those that have no meaning here.
internal static class FlowConditionJson
{
    private const string NotSent = "profile-not-sent-";

    internal static NotInFlowCondition ParseNotInFlow(DefinitionNode node) => new(Window(node));

    internal static NotReceivedCondition ParseNotReceived(DefinitionNode node, string type) => new(type[NotSent.Length..], Window(node));

    internal static ForeignCondition ParseForeign(DefinitionNode node, DefinitionNode place, string reason)
    {
        place.Refuse(reason);
        return new ForeignCondition(node.Required("type").Text(), node.Element.GetRawText());
    }

    internal static RunVariableCondition ParseVariable(DefinitionNode node)
    {
        node.Allow("type", "name", "filter");
        return new RunVariableCondition(node.Required("name").Name(), FilterJson.Parse(node.Required("filter")));
    }

    internal static ActionOutputCondition ParseOutput(DefinitionNode node)
    {
        node.Allow("type", "output_config_id", "field", "filter");
        var id = node.Optional("output_config_id");
        return new ActionOutputCondition(
            id.IsMissing ? 0 : id.Integer(0, int.MaxValue),
            node.Required("field").Name(),
            FilterJson.Parse(node.Required("filter")));
    }

    internal static void Write(Utf8JsonWriter writer, RunVariableCondition condition)
    {
        writer.WriteString("type", "run-variable");
        writer.WriteString("name", condition.Variable.Text);
        writer.WritePropertyName("filter");
        FilterJson.Write(writer, condition.Filter);
    }

    internal static void Write(Utf8JsonWriter writer, ActionOutputCondition condition)
    {
        writer.WriteString("type", "action-output");
        writer.WriteNumber("output_config_id", condition.OutputConfigId);
        writer.WriteString("field", condition.Field.Text);
        writer.WritePropertyName("filter");
        FilterJson.Write(writer, condition.Filter);
    }

    internal static void Write(Utf8JsonWriter writer, NotInFlowCondition condition) =>
        Write(writer, "profile-not-in-flow", condition.Window);

    internal static void Write(Utf8JsonWriter writer, NotReceivedCondition condition) =>
        Write(writer, NotSent + condition.Channel, condition.Window);

    private static DateFilter Window(DefinitionNode node)
    {
        node.Allow("type", "timeframe_filter");
        return DateFilterJson.Parse(node.Required("timeframe_filter"));
    }

    private static void Write(Utf8JsonWriter writer, string type, DateFilter window)
    {
        writer.WriteString("type", type);
        writer.WritePropertyName("timeframe_filter");
        FilterJson.Write(writer, window);
    }
}
