using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Webhook actions from and to JSON.</summary>
internal static class SendWebhookJson
{
    private static readonly string[] Kept = ["name", "id"];

    internal static SendStep Read(DefinitionNode node, StepNames names)
    {
        var (data, message) = MessageField.Of(node);
        message.Allow(["url", "headers", "body", "additional_filters", .. Kept]);
        var webhook = new SendWebhookStep
        {
            Id = StepNames.IdOf(node),
            Url = Url(message.Optional("url")),
            Headers = Headers(message.Optional("headers")),
            Body = ActionField.Text(message, "body"),
            AdditionalFilter = ConditionField.Read(message, "additional_filters"),
            Options = ActionField.Options(message, Kept),
            Next = names.Link(node, "next"),
        };
        return MessageField.With(webhook, data);
    }

    internal static void Write(Utf8JsonWriter writer, SendWebhookStep webhook)
    {
        writer.WriteStartObject("message");
        writer.WriteString("url", webhook.Url);
        if (webhook.Headers.Count > 0)
        {
            writer.WritePropertyName("headers");
            PropertyJson.Write(writer, webhook.Headers);
        }

        ActionField.WriteText(writer, "body", webhook.Body);
        ConditionField.Write(writer, "additional_filters", webhook.AdditionalFilter);
        ActionField.WriteOptions(writer, webhook.Options);
        writer.WriteEndObject();
        MessageField.Write(writer, webhook);
    }

    private static string Url(DefinitionNode node)
    {
        if (node.IsMissing)
        {
            node.Refuse("is missing: an absolute http or https URL is expected");
            return "";
        }

        var isAbsolute = Uri.TryCreate(node.Text(), UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            && !node.Text().Contains("{{", StringComparison.Ordinal);
        if (!isAbsolute)
        {
            node.Refuse($"'{node.Text()}' is not an absolute http or https URL without templates");
        }

        return node.Text();
    }

    private static PropertyMap Headers(DefinitionNode node)
    {
        var headers = new PropertyMap();
        if (node.IsMissing)
        {
            return headers;
        }

        foreach (var field in node.Element.EnumerateObject())
        {
            var value = node.Optional(field.Name);
            if (value.Element.ValueKind != JsonValueKind.String)
            {
                value.Refuse("the value of a header is a string");
            }

            headers[field.Name] = PropertyJson.ToValue(field.Value);
        }

        return headers;
    }
}
