using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>WhatsApp actions from and to JSON.</summary>
internal static class SendWhatsAppJson
{
    // What the engine hands to the channel as it is.
    private static readonly KeptFields Kept = new()
    {
        Texts = ["vendor_id", "name", "id"],
        Switches = ["smart_sending_enabled", "add_tracking_params"],
    };

    internal static SendStep Read(DefinitionNode node, StepNames names)
    {
        var (data, message) = MessageField.Of(node);
        message.Allow(["body", "transactional", "additional_filters", .. Kept.Names]);
        var text = new SendWhatsAppStep
        {
            Id = StepNames.IdOf(node),
            Body = ActionField.Text(message, "body") ?? "",
            Transactional = ActionField.Switch(message, "transactional"),
            AdditionalFilter = ConditionField.Read(message, "additional_filters"),
            Options = Kept.Read(message),
            Next = names.Link(node, "next"),
        };
        if (text.Body.Length == 0 && text.Options["vendor_id"].IsNull)
        {
            message.Refuse("a message has a body, or the vendor_id of a template that the vendor knows");
        }

        return MessageField.With(text, data);
    }

    internal static void Write(Utf8JsonWriter writer, SendWhatsAppStep text)
    {
        writer.WriteStartObject("message");
        ActionField.WriteText(writer, "body", text.Body.Length > 0 ? text.Body : null);
        writer.WriteBoolean("transactional", text.Transactional);
        ConditionField.Write(writer, "additional_filters", text.AdditionalFilter);
        ActionField.WriteOptions(writer, text.Options);
        writer.WriteEndObject();
        MessageField.Write(writer, text);
    }
}
