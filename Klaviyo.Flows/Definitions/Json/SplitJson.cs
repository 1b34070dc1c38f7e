using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Splits with two ways from and to JSON.</summary>
internal static class SplitJson
{
    private static readonly string[] TriggerTypes =
        ["date", "list", "low-inventory", "metric", "price-drop", "scheduled", "segment", "property-changed", "api"];

    private const int Metric = 3;

    private static readonly string[] Subtypes = ["custom-object", "legacy-custom-object", "profile-property", "profile-trait"];

    internal static Step ReadConditional(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowBranches(node);
        var data = node.Optional("data").OrEmpty("the condition");
        data.Allow("profile_filter");
        return new ConditionalSplitStep
        {
            Id = StepNames.IdOf(node),
            Filter = Condition(data, "profile_filter"),
            NextIfTrue = names.Link(node, "next_if_true"),
            NextIfFalse = names.Link(node, "next_if_false"),
        };
    }

    internal static Step ReadTrigger(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowBranches(node);
        var data = node.Optional("data").OrEmpty("the condition");
        data.Allow("trigger_filter", "trigger_id", "trigger_type", "trigger_subtype");
        var subtype = data.Optional("trigger_subtype");
        _ = WordJson.IndexIn(Subtypes, subtype, "a subtype of a trigger", 0);
        return new TriggerSplitStep
        {
            Id = StepNames.IdOf(node),
            TriggerId = MessageField.Text(data, "trigger_id"),
            TriggerType = TriggerTypes[WordJson.IndexIn(TriggerTypes, data.Optional("trigger_type"), "a type of trigger", Metric)],
            TriggerSubtype = subtype.IsMissing ? null : subtype.Text(),
            Filter = Condition(data, "trigger_filter"),
            NextIfTrue = names.Link(node, "next_if_true"),
            NextIfFalse = names.Link(node, "next_if_false"),
        };
    }

    internal static Step ReadOutput(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowBranches(node);
        var data = node.Optional("data").OrEmpty("the condition");
        data.Allow("action_output_filter", "timeout");
        var split = new ActionOutputSplitStep
        {
            Id = StepNames.IdOf(node),
            Filter = Condition(data, "action_output_filter"),
            NextIfTrue = names.Link(node, "next_if_true"),
            NextIfFalse = names.Link(node, "next_if_false"),
        };
        return data.Optional("timeout") is { IsMissing: false } timeout ? split with { TimeoutMs = LengthJson.Read(timeout) } : split;
    }

    internal static void Write(Utf8JsonWriter writer, ConditionalSplitStep split) =>
        ConditionField.Write(writer, "profile_filter", split.Filter);

    internal static void Write(Utf8JsonWriter writer, TriggerSplitStep split)
    {
        ConditionField.Write(writer, "trigger_filter", split.Filter);
        writer.WriteString("trigger_id", split.TriggerId);
        writer.WriteString("trigger_type", split.TriggerType);
        ActionField.WriteText(writer, "trigger_subtype", split.TriggerSubtype);
    }

    internal static void Write(Utf8JsonWriter writer, ActionOutputSplitStep split)
    {
        ConditionField.Write(writer, "action_output_filter", split.Filter);
        LengthJson.Write(writer, "timeout", split.TimeoutMs);
    }

    // A draft may have none yet.
    private static Condition? Condition(DefinitionNode data, string name)
    {
        var node = data.Optional(name);
        if (node.IsMissing)
        {
            node.Refuse("is missing: a condition is expected");
        }

        return ConditionField.Read(data, name);
    }
}
