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
