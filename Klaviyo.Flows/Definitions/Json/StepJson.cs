using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Steps from and to JSON: what they have in common, and which file knows which kind.</summary>
internal static class StepJson
{
    private const string Types = "time-delay, conditional-split, trigger-split, send-email, send-sms, send-webhook, "
        + "update-profile, list-update";

    private static readonly string[] NotYet =
    [
        "ab-test", "action-output-split", "back-in-stock-delay", "code", "content-experiment", "countdown-delay",
        "internal-service", "multi-branch-split", "send-internal-alert", "send-push-notification", "send-whatsapp",
        "target-date",
    ];

    /// <summary>Reads the actions of a flow.</summary>
    internal static StepNames ReadAll(DefinitionNode actions)
    {
        var names = new StepNames(actions.Items());
        foreach (var node in actions.Items())
        {
            names.Add(Read(node, names));
        }

        return names;
    }

    /// <summary>Writes the actions of a flow.</summary>
    internal static void WriteAll(Utf8JsonWriter writer, ValueList<Step> steps)
    {
        writer.WriteStartArray("actions");
        foreach (var step in steps)
        {
            writer.WriteStartObject();
            writer.WriteString("temporary_id", step.Id);
            writer.WriteString("type", step.Type);
            WriteLinks(writer, step);
            writer.WriteStartObject("data");
            WriteData(writer, step);
            writer.WriteEndObject();
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static Step Read(DefinitionNode node, StepNames names)
    {
        node.Allow("id", "temporary_id", "type", "links", "data");
        var type = node.Required("type");
        return type.Text() switch
        {
            "time-delay" => TimeDelayJson.Read(node, names),
            "conditional-split" => SplitJson.ReadConditional(node, names),
            "trigger-split" => SplitJson.ReadTrigger(node, names),
            "send-email" => SendEmailJson.Read(node, names),
            "send-sms" => SendSmsJson.Read(node, names),
            "send-webhook" => SendWebhookJson.Read(node, names),
            "update-profile" => UpdateProfileJson.Read(node, names),
            "list-update" => ListUpdateJson.Read(node, names),
            var other when NotYet.Contains(other) => throw type.Error($"the action '{other}' is not supported yet: {Types}"),
            var other => throw type.Error($"'{other}' is not an action: {Types}"),
        };
    }

    private static void WriteLinks(Utf8JsonWriter writer, Step step)
    {
        writer.WriteStartObject("links");
        writer.WriteString(step is SplitStep ? "next_if_true" : "next", step.Links[0]);
        if (step is SplitStep)
        {
            writer.WriteString("next_if_false", step.Links[1]);
        }

        writer.WriteEndObject();
    }

    private static void WriteData(Utf8JsonWriter writer, Step step)
    {
        switch (step)
        {
            case TimeDelayStep delay:
                TimeDelayJson.Write(writer, delay);
                break;
            case ConditionalSplitStep split:
                ConditionField.Write(writer, "profile_filter", split.Filter);
                break;
            case TriggerSplitStep split:
                SplitJson.Write(writer, split);
                break;
            case SendEmailStep email:
                SendEmailJson.Write(writer, email);
                break;
            case SendSmsStep sms:
                SendSmsJson.Write(writer, sms);
                break;
            case SendWebhookStep webhook:
                SendWebhookJson.Write(writer, webhook);
                break;
            case UpdateProfileStep update:
                UpdateProfileJson.Write(writer, update);
                break;
            case ListUpdateStep list:
                ListUpdateJson.Write(writer, list);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(step), step, "No JSON for this step.");
        }
    }
}
