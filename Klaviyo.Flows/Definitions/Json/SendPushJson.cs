using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Push notification actions from and to JSON.</summary>
internal static class SendPushJson
{
    // What the engine hands to the channel as it is.
    private static readonly KeptFields Kept = new()
    {
        Texts =
        [
            "image_id", "dynamic_image", "video_asset_id", "on_open", "ios_link", "android_link", "web_url", "push_type",
            "conversion_metric_id", "name", "id",
        ],
        Switches = ["sound", "badge", "smart_sending_enabled"],
        Lists = ["action_buttons"],
        Objects = ["badge_options", "kv_pairs"],
    };

    private static readonly string[] OnOpen = ["home", "link", "open_url"];
    private static readonly string[] PushTypes = ["silent", "standard"];

    internal static SendStep Read(DefinitionNode node, StepNames names)
    {
        var (data, message) = MessageField.Of(node);
        message.Allow(["title", "body", "transactional", "additional_filters", .. Kept.Names]);
        _ = WordJson.IndexIn(OnOpen, message.Optional("on_open"), "what a push opens", 0);
        _ = WordJson.IndexIn(PushTypes, message.Optional("push_type"), "a type of push", 1);
        var push = new SendPushStep
        {
            Id = StepNames.IdOf(node),
            Title = ActionField.Text(message, "title"),
            Body = IsSilent(message) ? message.Required("body").Text() : MessageField.Text(message, "body"),
            Transactional = ActionField.Switch(message, "transactional"),
            AdditionalFilter = ConditionField.Read(message, "additional_filters"),
            Options = Kept.Read(CheckBadge(message)),
            Next = names.Link(node, "next"),
        };
        return MessageField.With(push, data);
    }

    private static DefinitionNode CheckBadge(DefinitionNode message)
    {
        if (message.Optional("badge_options") is not { IsMissing: false } badge)
        {
            return message;
        }

        var config = badge.Required("badge_config");
        switch (config.Text())
        {
            case "increment_one":
                badge.Allow(["badge_config"]);
                break;
            case "set_count":
                badge.Allow(["badge_config", "value"]);
                _ = badge.Required("value").Text();
                break;
            case "set_property":
                badge.Allow(["badge_config", "set_from_property"]);
                _ = badge.Required("set_from_property").Text();
                break;
            case var other:
                throw config.Error($"'{other}' is not a badge: increment_one, set_count, set_property");
        }

        return message;
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
