using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Steps from and to JSON: what they have in common, and which file knows which kind.</summary>
internal static class StepJson
{
    private const string Types = "time-delay, conditional-split, trigger-split, multi-branch-split, action-output-split, "
        + "send-email, send-sms, send-mobile-push, send-whatsapp, send-webhook, send-internal-alert, ab-test, content-experiment, "
        + "update-profile, list-update, countdown-delay, target-date, back-in-stock-delay, internal-service, code; ours: "
        + "wait-until, wait-for-window, random-delay, rate-limit, random-split, switch, goto, join, goal, exit, set-variable, track-event, "
        + "sub-flow";

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
            Write(writer, step);
        }

        writer.WriteEndArray();
    }

    /// <summary>Reads an action.</summary>
    internal static Step Read(DefinitionNode node, StepNames names)
    {
        node.Allow("id", "temporary_id", "type", "links", "data");
        var type = node.Required("type");
        return type.Text() switch
        {
            "time-delay" => TimeDelayJson.Read(node, names),
            "countdown-delay" => DateDelayJson.ReadCountdown(node, names),
            "target-date" => DateDelayJson.ReadTarget(node, names),
            "back-in-stock-delay" => WaitJson.ReadBackInStock(node, names),
            "conditional-split" => SplitJson.ReadConditional(node, names),
            "trigger-split" => SplitJson.ReadTrigger(node, names),
            "action-output-split" => SplitJson.ReadOutput(node, names),
            "multi-branch-split" => BranchJson.ReadMulti(node, names),
            "send-email" => SendEmailJson.Read(node, names),
            "send-sms" => SendSmsJson.Read(node, names),
            "send-mobile-push" => SendPushJson.Read(node, names),
            "send-whatsapp" => SendWhatsAppJson.Read(node, names),
            "send-webhook" => SendWebhookJson.Read(node, names),
            "send-internal-alert" => SendInternalAlertJson.Read(node, names),
            "ab-test" or "content-experiment" => ExperimentJson.Read(node, names),
            "update-profile" => UpdateProfileJson.Read(node, names),
            "list-update" => ListUpdateJson.Read(node, names),
            "internal-service" => InternalServiceJson.Read(node, names),
            "code" => CodeJson.Read(node, names),
            "wait-until" => WaitJson.ReadUntil(node, names),
            "wait-for-window" => WaitJson.ReadWindow(node, names),
            "random-delay" => WaitJson.ReadRandom(node, names),
            "rate-limit" => WaitJson.ReadRate(node, names),
            "random-split" => BranchJson.ReadRandom(node, names),
            "switch" => BranchJson.ReadSwitch(node, names),
            "goto" => ControlJson.ReadGoto(node, names),
            "join" => ControlJson.ReadJoin(node, names),
            "goal" => ControlJson.ReadGoal(node, names),
            "exit" => ControlJson.ReadExit(node),
            "set-variable" => ControlJson.ReadVariable(node, names),
            "track-event" => ControlJson.ReadTrack(node, names),
            "sub-flow" => ControlJson.ReadSubFlow(node, names),
            var other => throw type.Error($"'{other}' is not an action: {Types}"),
        };
    }

    /// <summary>Writes an action.</summary>
    internal static void Write(Utf8JsonWriter writer, Step step)
    {
        writer.WriteStartObject();
        if (step.Id.Length > 0)
        {
            writer.WriteString("temporary_id", step.Id);
        }

        writer.WriteString("type", step.Type);
        LinkJson.Write(writer, step);
        if (step is ForeignStep foreign)
        {
            writer.WritePropertyName("data");
            writer.WriteRawValue(foreign.Json, skipInputValidation: true);
        }
        else if (step is not (BackInStockDelayStep or JoinStep or ExitStep))
        {
            writer.WriteStartObject("data");
            WriteData(writer, step);
            writer.WriteEndObject();
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
            case DateDelayStep delay:
                DateDelayJson.Write(writer, delay);
                break;
            case ConditionalSplitStep split:
                SplitJson.Write(writer, split);
                break;
            case TriggerSplitStep split:
                SplitJson.Write(writer, split);
                break;
            case ActionOutputSplitStep split:
                SplitJson.Write(writer, split);
                break;
            case MultiBranchSplitStep split:
                BranchJson.Write(writer, split);
                break;
            case RandomSplitStep split:
                BranchJson.Write(writer, split);
                break;
            case SwitchStep split:
                BranchJson.Write(writer, split);
                break;
            case ExperimentStep experiment:
                ExperimentJson.Write(writer, experiment);
                break;
            case ActionStep action:
                WriteAction(writer, action);
                break;
            case WaitUntilStep wait:
                WaitJson.Write(writer, wait);
                break;
            case WaitForWindowStep wait:
                WaitJson.Write(writer, wait);
                break;
            case RandomDelayStep wait:
                WaitJson.Write(writer, wait);
                break;
            case RateLimitStep rate:
                WaitJson.Write(writer, rate);
                break;
            default:
                ControlJson.Write(writer, step);
                break;
        }
    }

    private static void WriteAction(Utf8JsonWriter writer, ActionStep step)
    {
        switch (step)
        {
            case SendEmailStep email:
                SendEmailJson.Write(writer, email);
                break;
            case SendSmsStep sms:
                SendSmsJson.Write(writer, sms);
                break;
            case SendPushStep push:
                SendPushJson.Write(writer, push);
                break;
            case SendWhatsAppStep message:
                SendWhatsAppJson.Write(writer, message);
                break;
            case SendWebhookStep webhook:
                SendWebhookJson.Write(writer, webhook);
                break;
            case SendInternalAlertStep alert:
                SendInternalAlertJson.Write(writer, alert);
                break;
            case CodeStep code:
                CodeJson.Write(writer, code);
                break;
            case UpdateProfileStep update:
                UpdateProfileJson.Write(writer, update);
                break;
            case ListUpdateStep list:
                ListUpdateJson.Write(writer, list);
                break;
            case TrackEventStep { IsInternalService: true } track:
                InternalServiceJson.Write(writer, track);
                break;
            default:
                ControlJson.Write(writer, step);
                break;
        }
    }
}
