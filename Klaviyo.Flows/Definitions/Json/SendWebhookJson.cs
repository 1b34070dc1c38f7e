using System.Text.Json;
using Klaviyo.Channels;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Webhook actions from and to JSON.</summary>
internal static class SendWebhookJson
{
    private static readonly KeptFields Kept = new() { Texts = ["name", "id"] };

    internal static SendStep Read(DefinitionNode node, StepNames names)
    {
        var (data, message) = MessageField.Of(node);
        message.Allow(["url", "headers", "body", "additional_filters", .. Kept.Names]);
        var webhook = new SendWebhookStep
        {
            Id = StepNames.IdOf(node),
            Url = Url(message.Optional("url")),
            Headers = Headers(message.Optional("headers")),
            Body = ActionField.Text(message, "body"),
            AdditionalFilter = ConditionField.Read(message, "additional_filters"),
            Options = Kept.Read(message),
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

        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in node.Map().AsSpan())
        {
            var header = node.Optional(name);
            if (!names.Add(name))
            {
                header.Refuse($"'{name}' is used twice: the names of headers are the same in upper and lower case");
            }

            RefuseHeader(header, name, value);
            headers[name] = value;
        }

        return headers;
    }

    private static void RefuseHeader(DefinitionNode node, string name, PropertyValue value)
    {
        if (value.Kind != PropertyKind.String)
        {
            node.Refuse("the value of a header is a string");
        }
        else if (!WebhookHeader.IsName(name))
        {
            node.Refuse("the name of a header has letters, digits and !#$%&'*+-.^_`|~ only");
        }
        else if (WebhookHeader.IsFraming(name) || WebhookHeader.IsOurs(name))
        {
            node.Refuse($"the header '{name}' is set by the channel");
        }
        else if (!WebhookHeader.IsValue(value.AsString()))
        {
            node.Refuse("the value of a header is visible ASCII, without line breaks");
        }
        else if (value.AsString().Contains("{{", StringComparison.Ordinal) || value.AsString().Contains("{%", StringComparison.Ordinal))
        {
            node.Refuse("a header is sent as it is, and holds no template");
        }
        else if (!WebhookHeader.Fits(name, value.AsString()))
        {
            node.Refuse($"'{value.AsString()}' is not a type of content such as application/json");
        }
    }
}
