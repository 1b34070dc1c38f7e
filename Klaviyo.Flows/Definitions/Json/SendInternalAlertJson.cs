using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Alerts to one's own people from and to JSON.</summary>
internal static class SendInternalAlertJson
{
    // What the engine hands to the channel as it is.
    private static readonly KeptFields Kept = new() { Texts = ["from_email", "from_label", "name", "id"] };

    internal static SendStep Read(DefinitionNode node, StepNames names)
    {
        var (data, message) = MessageField.Of(node);
        message.Allow(["to_emails", "subject_line", "body", "template_id", "additional_filters", .. Kept.Names]);
        var to = message.Optional("to_emails");
        if (to.IsMissing || to.Items().Count == 0)
        {
            to.Refuse("is missing: the addresses are expected");
        }

        var alert = new SendInternalAlertStep
        {
            Id = StepNames.IdOf(node),
            To = to.IsMissing ? [] : ValueList.Of(to.Items().Select(item => item.Name())),
            SubjectLine = ActionField.Text(message, "subject_line") ?? "",
            Body = ActionField.Text(message, "body"),
            TemplateId = MessageField.TemplateId(message),
            AdditionalFilter = ConditionField.Read(message, "additional_filters"),
            Options = Kept.Read(message),
            Next = names.Link(node, "next"),
        };
        return MessageField.With(alert, data);
    }

    internal static void Write(Utf8JsonWriter writer, SendInternalAlertStep alert)
    {
        writer.WriteStartObject("message");
        writer.WriteStartArray("to_emails");
        foreach (var to in alert.To)
        {
            writer.WriteStringValue(to);
        }

        writer.WriteEndArray();
        writer.WriteString("subject_line", alert.SubjectLine);
        ActionField.WriteText(writer, "body", alert.Body);
        ActionField.WriteText(writer, "template_id", alert.TemplateId);
        ConditionField.Write(writer, "additional_filters", alert.AdditionalFilter);
        ActionField.WriteOptions(writer, alert.Options);
        writer.WriteEndObject();
        MessageField.Write(writer, alert);
    }
}
