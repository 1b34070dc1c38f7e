using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>E-mail actions from and to JSON.</summary>
internal static class SendEmailJson
{
    // What the engine hands to the channel as it is.
    private static readonly KeptFields Kept = new()
    {
        Texts = ["from_email", "from_label", "reply_to_email", "cc_email", "bcc_email", "preview_text", "name", "id"],
        Switches = ["smart_sending_enabled", "add_tracking_params"],
        Lists = ["custom_tracking_params"],
    };

    internal static SendStep Read(DefinitionNode node, StepNames names)
    {
        var (data, message) = MessageField.Of(node);
        message.Allow(["subject_line", "body", "template_id", "transactional", "additional_filters", .. Kept.Names]);
        var email = new SendEmailStep
        {
            Id = StepNames.IdOf(node),
            SubjectLine = ActionField.Text(message, "subject_line") ?? "",
            Body = ActionField.Text(message, "body"),
            TemplateId = MessageField.TemplateId(message),
            Transactional = ActionField.Switch(message, "transactional"),
            AdditionalFilter = ConditionField.Read(message, "additional_filters"),
            Options = Kept.Read(message),
            Next = names.Link(node, "next"),
        };
        return MessageField.With(email, data);
    }

    internal static void Write(Utf8JsonWriter writer, SendEmailStep email)
    {
        writer.WriteStartObject("message");
        writer.WriteString("subject_line", email.SubjectLine);
        ActionField.WriteText(writer, "body", email.Body);
        ActionField.WriteText(writer, "template_id", email.TemplateId);
        writer.WriteBoolean("transactional", email.Transactional);
        ConditionField.Write(writer, "additional_filters", email.AdditionalFilter);
        ActionField.WriteOptions(writer, email.Options);
        writer.WriteEndObject();
        MessageField.Write(writer, email);
    }
}
