using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Triggers from and to JSON.</summary>
internal static class TriggerJson
{
    private const string Types = "metric, list, segment, date, property-changed, schedule, api";

    /// <summary>Reads the triggers of a flow; Klaviyo has one, ours may have several.</summary>
    internal static ValueList<FlowTrigger> ReadAll(DefinitionNode triggers)
    {
        var items = triggers.Items();
        if (items.Count is 0 or > FlowDefinition.TriggersMax)
        {
            triggers.Refuse($"1 to {FlowDefinition.TriggersMax} triggers are expected, not {items.Count}");
        }

        return ValueList.Of(items.Select(ReadOne));
    }

    internal static void WriteAll(Utf8JsonWriter writer, ValueList<FlowTrigger> triggers)
    {
        writer.WriteStartArray("triggers");
        foreach (var trigger in triggers)
        {
            Write(writer, trigger);
        }

        writer.WriteEndArray();
    }

    /// <summary>Notes a split on a trigger that the flow does not have.</summary>
    internal static void RefuseSplitOnOther(FlowDefinition definition, DefinitionNode actions)
    {
        var nodes = actions.Items();
        for (var i = 0; i < definition.Steps.Count; i++)
        {
            if (definition.Steps[i] is TriggerSplitStep split && split.TriggerId.Length > 0 && !split.FitsOneOf(definition.Triggers))
            {
                var data = nodes[i].Required("data");
                var place = split.TriggerType == "metric" ? data.Required("trigger_id") : data.Required("trigger_type");
                throw place.Error($"'{place.Text()}' is not {(split.TriggerType == "metric" ? "the metric that triggers" : "a trigger of")} the flow");
            }
        }
    }

    /// <summary>Notes a wait for a date where no trigger is one.</summary>
    internal static void RefuseDelayWithoutDate(FlowDefinition definition, DefinitionNode actions)
    {
        if (definition.Triggers.Any(t => t is DateTrigger))
        {
            return;
        }

        foreach (var node in actions.Items().Where((_, i) => definition.Steps[i] is DateDelayStep))
        {
            node.Required("type").Refuse("a date is waited for, but no trigger is a date");
        }
    }

    /// <summary>Notes a wait for an event that has the same as the one that started the run, where none does.</summary>
    internal static void RefuseSameWithoutEvent(FlowDefinition definition, DefinitionNode actions)
    {
        if (definition.Triggers.Any(t => t is MetricTrigger or ApiTrigger))
        {
            return;
        }

        foreach (var node in actions.Items().Where((_, i) => definition.Steps[i] is WaitUntilStep))
        {
            foreach (var branch in node.Required("data").Required("branches").Items().Where(b => !b.Optional("same").IsMissing))
            {
                branch.Required("same").Refuse("no trigger is an event, so nothing is the same as what started the run");
            }
        }
    }

    // Of another metric the event never is, so that nothing would ever pass.
    private static void RefuseOtherMetric(DefinitionNode filter, DefinitionNode metric)
    {
        if (metric.IsMissing)
        {
            return;
        }

        // Not by the stack of the thread: that is for conditions, and here are all levels of the text.
        var open = new Stack<DefinitionNode>([filter]);
        while (open.TryPop(out var node))
        {
            if (node.Element.ValueKind == JsonValueKind.Array)
            {
                Push(open, node.Items());
            }
            else if (node.Element.ValueKind == JsonValueKind.Object)
            {
                RefuseIfOfOther(node, metric);
                Push(open, node.Element.EnumerateObject().Select(field => node.Optional(field.Name)));
            }
        }
    }

    // So that they are looked at in the order of the text.
    private static void Push(Stack<DefinitionNode> open, IEnumerable<DefinitionNode> nodes)
    {
        foreach (var node in nodes.Reverse())
        {
            open.Push(node);
        }
    }

    private static void RefuseIfOfOther(DefinitionNode condition, DefinitionNode metric)
    {
        var isAboutEvent = condition.Optional("type").Element is { ValueKind: JsonValueKind.String } type && type.ValueEquals("metric-property");
        if (isAboutEvent && condition.Required("metric_id") is var other && other.Name() != metric.Name())
        {
            other.Refuse($"'{other.Text()}' is not the metric that triggers here, '{metric.Text()}'");
        }
    }

    private static FlowTrigger ReadOne(DefinitionNode node)
    {
        var type = node.Required("type");
        switch (type.Text())
        {
            case "metric":
                node.Allow("type", "id", "trigger_filter", "key");
                RefuseOtherMetric(node.Optional("trigger_filter"), node.Optional("id"));
                return new MetricTrigger(Id(node)) { Filter = ConditionField.Read(node, "trigger_filter"), Key = Key(node) };
            case "list":
                node.Allow("type", "id");
                return new ListTrigger(Id(node));
            case "segment":
                node.Allow("type", "id", "on");
                return new SegmentTrigger(Id(node)) { OnExit = IsExit(node.Optional("on")) };
            case "date":
                return DateTriggerJson.Read(node);
            case "property-changed":
                node.Allow("type", "property", "from", "to");
                return new PropertyChangedTrigger(PropertyNameJson.Read(node.Required("property")))
                {
                    From = Filter(node, "from"),
                    To = Filter(node, "to"),
                };
            case "schedule":
                return ReadSchedule(node);
            case "api":
                node.Allow("type", "key");
                return new ApiTrigger { Key = Key(node) };
            case "price-drop" or "low-inventory":
                type.Refuse($"the trigger '{type.Text()}' needs Klaviyo's catalogue; track an event and use 'metric'");
                return new ForeignTrigger(type.Text(), node.Element.GetRawText());
            case var other:
                throw type.Error($"'{other}' is not a trigger: {Types}");
        }
    }

    // Klaviyo's drafts may have none yet.
    private static string Id(DefinitionNode node)
    {
        var id = node.Optional("id");
        if (id.IsMissing)
        {
            id.Refuse("is missing: the name is expected");
            return "";
        }

        return id.Name();
    }

    private static PropertyPath? Key(DefinitionNode node) =>
        node.Optional("key") is { IsMissing: false } key ? new PropertyPath(key.Name()) : null;

    private static ScheduleTrigger ReadSchedule(DefinitionNode node)
    {
        node.Allow("type", "cron", "timezone", "id");
        var cron = node.Required("cron");
        try
        {
            return new ScheduleTrigger(cron.Name())
            {
                Timezone = node.Optional("timezone").IsMissing ? null : LocalTimeJson.Zone(node.Optional("timezone")),
                Group = ActionField.Text(node, "id"),
            };
        }
        catch (FormatException broken)
        {
            throw cron.Error($"'{cron.Text()}' is not a cron expression: {broken.Message}");
        }
    }

    private static ValueFilter? Filter(DefinitionNode node, string name) =>
        node.Optional(name) is { IsMissing: false } filter ? FilterJson.Parse(filter) : null;

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

    private static void Write(Utf8JsonWriter writer, FlowTrigger trigger)
    {
        if (trigger is ForeignTrigger foreign)
        {
            writer.WriteRawValue(foreign.Json, skipInputValidation: true);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("type", trigger.Type);
        switch (trigger)
        {
            case MetricTrigger metric:
                WriteId(writer, metric.Metric);
                ConditionField.Write(writer, "trigger_filter", metric.Filter);
                ActionField.WriteText(writer, "key", metric.Key?.Text);
                break;
            case ListTrigger list:
                WriteId(writer, list.List);
                break;
            case SegmentTrigger segment:
                WriteId(writer, segment.Segment);
                ActionField.WriteText(writer, "on", segment.OnExit ? "exit" : null);
                break;
            case DateTrigger date:
                DateTriggerJson.Write(writer, date);
                break;
            case PropertyChangedTrigger changed:
                writer.WriteString("property", PropertyNameJson.TextOf(changed.Property));
                WriteFilter(writer, "from", changed.From);
                WriteFilter(writer, "to", changed.To);
                break;
            case ScheduleTrigger schedule:
                writer.WriteString("cron", schedule.Cron);
                ActionField.WriteText(writer, "timezone", schedule.Timezone);
                ActionField.WriteText(writer, "id", schedule.Group);
                break;
            case ApiTrigger api:
                ActionField.WriteText(writer, "key", api.Key?.Text);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(trigger), trigger, "No JSON for this trigger.");
        }

        writer.WriteEndObject();
    }

    private static void WriteId(Utf8JsonWriter writer, string id) => ActionField.WriteText(writer, "id", id.Length > 0 ? id : null);

    private static void WriteFilter(Utf8JsonWriter writer, string name, ValueFilter? filter)
    {
        if (filter is not null)
        {
            writer.WritePropertyName(name);
            FilterJson.Write(writer, filter);
        }
    }
}
