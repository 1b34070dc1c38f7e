using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Our steps that steer the run, and those that write events, from and to JSON.</summary>
internal static class ControlJson
{
    private static readonly string[] Otherwise = ["continue", "wait", "exit"];

    internal static Step ReadGoto(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Required("data");
        data.Allow("target_id", "times");
        return new GotoStep
        {
            Id = StepNames.IdOf(node),
            Target = names.Resolve(data.Required("target_id")),
            Times = data.Required("times").Integer(1, GotoStep.TimesMax),
            Next = names.Link(node, "next"),
        };
    }

    internal static Step ReadJoin(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        ActionField.AllowNoData(node);
        return new JoinStep { Id = StepNames.IdOf(node), Next = names.Link(node, "next") };
    }

    internal static Step ReadExit(DefinitionNode node)
    {
        LinkJson.AllowNone(node);
        ActionField.AllowNoData(node);
        return new ExitStep { Id = StepNames.IdOf(node) };
    }

    internal static Step ReadGoal(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Required("data");
        data.Allow("profile_filter", "otherwise");
        return new GoalStep
        {
            Id = StepNames.IdOf(node),
            Filter = ConditionJson.Parse(data.Required("profile_filter")),
            Otherwise = (GoalOtherwise)WordJson.IndexIn(Otherwise, data.Optional("otherwise"), "what to do without the goal", 0),
            Next = names.Link(node, "next"),
        };
    }

    internal static Step ReadVariable(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Required("data");
        data.Allow("variables");
        foreach (var name in data.Required("variables").Items().Select(v => v.Required("name")).Where(n => n.Name()[0] == '$'))
        {
            name.Refuse($"'{name.Text()}' is a name of the engine's own: those of variables do not begin with $");
        }

        return new SetVariableStep
        {
            Id = StepNames.IdOf(node),
            Variables = ValueSourceJson.ReadAll(data.Required("variables")),
            Next = names.Link(node, "next"),
        };
    }

    internal static Step ReadTrack(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Required("data");
        data.Allow("metric_id", "value", "properties", "status");
        return new TrackEventStep
        {
            Id = StepNames.IdOf(node),
            Metric = data.Required("metric_id").Name(),
            Value = data.Optional("value") is { IsMissing: false } value ? ValueSourceJson.Read(value) : null,
            Properties = ValueSourceJson.ReadAll(data.Optional("properties")),
            Status = ActionField.Status(data),
            Next = names.Link(node, "next"),
        };
    }

    internal static Step ReadSubFlow(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Required("data");
        data.Allow("flow_id", "properties", "status");
        return new SubFlowStep
        {
            Id = StepNames.IdOf(node),
            Flow = data.Required("flow_id").Name(),
            Properties = ValueSourceJson.ReadAll(data.Optional("properties")),
            Status = ActionField.Status(data),
            Next = names.Link(node, "next"),
        };
    }

    internal static void Write(Utf8JsonWriter writer, Step step)
    {
        switch (step)
        {
            case GotoStep go:
                writer.WriteString("target_id", go.Target);
                writer.WriteNumber("times", go.Times);
                break;
            case GoalStep goal:
                ConditionField.Write(writer, "profile_filter", goal.Filter);
                writer.WriteString("otherwise", Otherwise[(int)goal.Otherwise]);
                break;
            case SetVariableStep set:
                ValueSourceJson.WriteAll(writer, "variables", set.Variables);
                break;
            case TrackEventStep track:
                Write(writer, track);
                break;
            case SubFlowStep sub:
                writer.WriteString("flow_id", sub.Flow);
                ValueSourceJson.WriteAll(writer, "properties", sub.Properties);
                ActionField.WriteStatus(writer, sub.Status);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(step), step, "No JSON for this step.");
        }
    }

    private static void Write(Utf8JsonWriter writer, TrackEventStep track)
    {
        writer.WriteString("metric_id", track.Metric);
        if (track.Value is { } value)
        {
            writer.WritePropertyName("value");
            ValueSourceJson.Write(writer, value);
        }

        ValueSourceJson.WriteAll(writer, "properties", track.Properties);
        ActionField.WriteStatus(writer, track.Status);
    }
}
