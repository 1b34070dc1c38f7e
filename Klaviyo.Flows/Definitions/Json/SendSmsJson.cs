using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Text message actions from and to JSON.</summary>
internal static class SendSmsJson
{
    // What the engine hands to the channel as it is.
    private static readonly KeptFields Kept = new()
    {
        Texts = ["image_id", "dynamic_image", "template_id", "name", "id"],
        Switches =
        [
            "shorten_links", "include_contact_card", "add_org_prefix", "add_info_link", "add_opt_out_language",
            "smart_sending_enabled", "sms_quiet_hours_enabled", "add_tracking_params",
        ],
        Lists = ["message_hierarchy", "custom_tracking_params"],
    };

    internal static SendStep Read(DefinitionNode node, StepNames names)
    {
        var (data, message) = MessageField.Of(node);
        message.Allow(["body", "transactional", "additional_filters", .. Kept.Names]);
        var sms = new SendSmsStep
        {
            Id = StepNames.IdOf(node),
            Body = MessageField.Text(message, "body"),
            Transactional = ActionField.Switch(message, "transactional"),
            AdditionalFilter = ConditionField.Read(message, "additional_filters"),
            Options = Kept.Read(message),
            Next = names.Link(node, "next"),
        };
        return MessageField.With(sms, data);
    }

    internal static void Write(Utf8JsonWriter writer, SendSmsStep sms)
    {
        writer.WriteStartObject("message");
        writer.WriteString("body", sms.Body);
        writer.WriteBoolean("transactional", sms.Transactional);
        ConditionField.Write(writer, "additional_filters", sms.AdditionalFilter);
        ActionField.WriteOptions(writer, sms.Options);
        writer.WriteEndObject();
        MessageField.Write(writer, sms);
    }
}
