using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Push notification actions from and to JSON.</summary>
internal static class SendPushJson
{
    // What the engine hands to the channel as it is.
    private static readonly string[] Kept =
    [
        "sound", "badge", "badge_options", "image_id", "dynamic_image", "video_asset_id", "on_open", "ios_link", "android_link",
        "web_url", "push_type", "kv_pairs", "conversion_metric_id", "smart_sending_enabled", "action_buttons", "name", "id",
    ];

    internal static SendStep Read(DefinitionNode node, StepNames names)
    {
        var (data, message) = MessageField.Of(node);
        message.Allow(["title", "body", "transactional", "additional_filters", .. Kept]);
        var push = new SendPushStep
        {
            Id = StepNames.IdOf(node),
            Title = ActionField.Text(message, "title"),
            Body = IsSilent(message) ? message.Required("body").Text() : MessageField.Text(message, "body"),
            Transactional = ActionField.Switch(message, "transactional"),
            AdditionalFilter = ConditionField.Read(message, "additional_filters"),
            Options = ActionField.Options(message, Kept),
            Next = names.Link(node, "next"),
        };
        return MessageField.With(push, data);
    }

    private static bool IsSilent(DefinitionNode message) => ActionField.Text(message, "push_type") == "silent";

    internal static void Write(Utf8JsonWriter writer, SendPushStep push)
    {
        writer.WriteStartObject("message");
        ActionField.WriteText(writer, "title", push.Title);
        writer.WriteString("body", push.Body);
        if (push.Transactional)
        {
            writer.WriteBoolean("transactional", true);
        }

        ConditionField.Write(writer, "additional_filters", push.AdditionalFilter);
        ActionField.WriteOptions(writer, push.Options);
        writer.WriteEndObject();
        MessageField.Write(writer, push);
    }
}
