using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Splits from and to JSON.</summary>
internal static class SplitJson
{
    internal static Step ReadConditional(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowBranches(node);
        var data = node.Required("data");
        data.Allow("profile_filter");
        return new ConditionalSplitStep
        {
            Id = StepNames.IdOf(node),
            Filter = ConditionJson.Parse(data.Required("profile_filter")),
            NextIfTrue = names.Link(node, "next_if_true"),
            NextIfFalse = names.Link(node, "next_if_false"),
        };
    }

    internal static Step ReadTrigger(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowBranches(node);
        var data = node.Required("data");
        data.Allow("trigger_filter", "trigger_id", "trigger_type", "trigger_subtype");
        var type = data.Required("trigger_type");
        if (type.Text() != "metric")
        {
            throw type.Error($"a split on a trigger of type '{type.Text()}' is not supported yet: metric");
        }

        return new TriggerSplitStep
        {
            Id = StepNames.IdOf(node),
            TriggerId = data.Required("trigger_id").Name(),
            Filter = ConditionJson.Parse(data.Required("trigger_filter")),
            NextIfTrue = names.Link(node, "next_if_true"),
            NextIfFalse = names.Link(node, "next_if_false"),
        };
    }

    internal static void Write(Utf8JsonWriter writer, TriggerSplitStep split)
    {
        ConditionField.Write(writer, "trigger_filter", split.Filter);
        writer.WriteString("trigger_id", split.TriggerId);
        writer.WriteString("trigger_type", "metric");
    }
}
