using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>What the actions that send have in common.</summary>
internal static class MessageField
{
    // By their numbers in Klaviyo's library of images and videos.
    private static readonly string[] Library = ["image_id", "video_asset_id", "static_image_asset_id", "static_asset_id", "selected_image"];

    /// <summary>Gets the data and the message of an action; a draft may have neither.</summary>
    internal static (DefinitionNode Data, DefinitionNode Message) Of(DefinitionNode action)
    {
        LinkJson.AllowNext(action);
        var data = action.Optional("data").OrEmpty("the message");
        data.Allow("message", "status", "delivery");
        var message = data.Optional("message").OrEmpty("the message");
        RefuseLibrary(message);
        return (data, message);
    }

    /// <summary>Adds to a step what the data of every action that sends says.</summary>
    internal static T With<T>(T step, DefinitionNode data)
        where T : SendStep
    {
        return step with
        {
            Status = ActionField.Status(data),
            Delivery = DeliveryJson.Read(data),
        };
    }

    /// <summary>Writes what <see cref="With"/> read.</summary>
    internal static void Write(Utf8JsonWriter writer, SendStep step)
    {
        ActionField.WriteStatus(writer, step.Status);
        DeliveryJson.Write(writer, step.Delivery);
    }

    /// <summary>Reads text that must be there for the flow to run.</summary>
    internal static string Text(DefinitionNode message, string name)
    {
        var node = message.Optional(name);
        var text = node.IsMissing ? "" : node.Text();
        if (text.Length == 0)
        {
            node.Refuse("is missing: a text is expected");
        }

        return text;
    }

    /// <summary>Reads the id of the template that is the body; a message has one or the other.</summary>
    internal static string? TemplateId(DefinitionNode message)
    {
        var node = message.Optional("template_id");
        if (!node.IsMissing && !message.Optional("body").IsMissing)
        {
            node.Refuse("the message has a body: leave one of both out");
        }

        return node.IsMissing ? null : node.Text();
    }

    private static void RefuseLibrary(DefinitionNode node)
    {
        if (node.Element.ValueKind == JsonValueKind.Array)
        {
            foreach (var item in node.Items())
            {
                RefuseLibrary(item);
            }
        }

        if (node.Element.ValueKind != JsonValueKind.Object)
        {
            return;
        }

        foreach (var field in node.Element.EnumerateObject())
        {
            var child = node.Optional(field.Name);
            if (!child.IsMissing && Library.Contains(field.Name))
            {
                child.Refuse($"'{field.Name}' names a file in Klaviyo's library, which is not here: give the address of one");
            }

            if (field.Name is not ("kv_pairs" or "extra" or "headers"))
            {
                RefuseLibrary(child);
            }
        }
    }
}
