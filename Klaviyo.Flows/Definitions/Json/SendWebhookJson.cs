using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Webhook actions from and to JSON.</summary>
internal static class SendWebhookJson
{
    private static readonly string[] Kept = ["name", "id"];

    internal static Step Read(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Required("data");
        data.Allow("message", "status", "delivery");
        var message = data.Required("message");
        message.Allow(["url", "headers", "body", .. Kept]);
        return new SendWebhookStep
        {
            Id = StepNames.IdOf(node),
            Status = ActionField.Status(data),
            Delivery = DeliveryJson.Read(data),
            Url = Url(message.Required("url")),
            Headers = Headers(message.Optional("headers")),
            Body = ActionField.Text(message, "body"),
            Options = ActionField.Options(message, Kept),
            Next = names.Link(node, "next"),
        };
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
        ActionField.WriteOptions(writer, webhook.Options);
        writer.WriteEndObject();
        ActionField.WriteStatus(writer, webhook.Status);
        DeliveryJson.Write(writer, webhook.Delivery);
    }

    private static string Url(DefinitionNode node)
    {
        return Uri.TryCreate(node.Text(), UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            && !node.Text().Contains("{{", StringComparison.Ordinal)
            ? node.Text()
            : throw node.Error($"'{node.Text()}' is not an absolute http or https URL without templates");
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
            headers[field.Name] = node.Required(field.Name).Text();
        }

        return headers;
    }
}
