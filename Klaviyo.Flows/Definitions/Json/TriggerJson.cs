using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Triggers from and to JSON.</summary>
internal static class TriggerJson
{
    private static readonly string[] NotYet =
    [
        "date", "profile-property-date", "custom-object-date", "price-drop", "low-inventory", "scheduled",
    ];

    internal static FlowTrigger Read(DefinitionNode triggers)
    {
        var items = triggers.Items();
        return items.Count == 1
            ? ReadOne(items[0])
            : throw triggers.Error($"exactly one trigger is expected, not {items.Count}");
    }

    internal static void Write(Utf8JsonWriter writer, FlowTrigger trigger)
    {
        writer.WriteStartArray("triggers");
        writer.WriteStartObject();
        writer.WriteString("type", trigger.Type);
        switch (trigger)
        {
            case MetricTrigger metric:
                writer.WriteString("id", metric.Metric);
                ConditionField.Write(writer, "trigger_filter", metric.Filter);
                break;
            case ListTrigger list:
                writer.WriteString("id", list.List);
                break;
            case SegmentTrigger segment:
                writer.WriteString("id", segment.Segment);
                if (segment.OnExit)
                {
                    writer.WriteString("on", "exit");
                }

                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(trigger), trigger, "No JSON for this trigger.");
        }

        writer.WriteEndObject();
        writer.WriteEndArray();
    }

    /// <summary>Refuses a split on a trigger that the flow does not have.</summary>
    internal static void ThrowIfSplitOnOther(FlowDefinition definition, string path)
    {
        for (var i = 0; i < definition.Steps.Count; i++)
        {
            if (definition.Steps[i] is TriggerSplitStep split
                && (definition.Trigger is not MetricTrigger trigger || trigger.Metric != split.TriggerId))
            {
                throw new DefinitionException(
                    $"{path}.actions[{i}].data.trigger_id", $"'{split.TriggerId}' is not the metric that triggers the flow");
            }
        }
    }

    private static FlowTrigger ReadOne(DefinitionNode node)
    {
        var type = node.Required("type");
        switch (type.Text())
        {
            case "metric":
                node.Allow("type", "id", "trigger_filter");
                return new MetricTrigger(node.Required("id").Name()) { Filter = ConditionField.Read(node, "trigger_filter") };
            case "list":
                node.Allow("type", "id");
                return new ListTrigger(node.Required("id").Name());
            case "segment":
                node.Allow("type", "id", "on");
                return new SegmentTrigger(node.Required("id").Name()) { OnExit = IsExit(node.Optional("on")) };
            case var other when NotYet.Contains(other):
                throw type.Error($"the trigger '{other}' is not supported yet: metric, list, segment");
            case var other:
                throw type.Error($"'{other}' is not a trigger: metric, list, segment");
        }
    }

    // Ours: Klaviyo's flows start with entering only.
    private static bool IsExit(DefinitionNode on)
    {
        return on.IsMissing ? false : on.Text() switch
        {
            "enter" => false,
            "exit" => true,
            var other => throw on.Error($"'{other}' is not one of: enter, exit"),
        };
    }
}
