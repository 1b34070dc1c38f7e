using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>What the actions that send have in common.</summary>
internal static class MessageField
{
    // By their numbers in Klaviyo's library of images and videos.
    private static readonly string[] Library = ["image_id", "video_asset_id", "static_image_asset_id", "static_asset_id", "selected_image"];
    private static readonly string[] OnErrors = ["continue", "exit"];

    /// <summary>Gets the data and the message of an action; a draft may have neither.</summary>
    internal static (DefinitionNode Data, DefinitionNode Message) Of(DefinitionNode action)
    {
        LinkJson.AllowNext(action);
        var data = action.Optional("data").OrEmpty("the message");
        data.Allow("message", "status", "retry", "on_error");
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
            Retry = data.Optional("retry") is { IsMissing: false } retry ? RetryOf(retry) : null,
            OnError = (ErrorPolicy)WordJson.IndexIn(OnErrors, data.Optional("on_error"), "what to do after an error", 0),
        };
    }

    /// <summary>Writes what <see cref="With"/> read.</summary>
    internal static void Write(Utf8JsonWriter writer, SendStep step)
    {
        ActionField.WriteStatus(writer, step.Status);
        if (step.Retry is { } retry)
        {
            writer.WriteStartObject("retry");
            writer.WriteNumber("attempts_max", retry.AttemptsMax);
            writer.WriteNumber("first_delay_seconds", retry.FirstDelay.TotalSeconds);
            writer.WriteNumber("delay_max_seconds", retry.DelayMax.TotalSeconds);
            writer.WriteEndObject();
        }

        if (step.OnError != ErrorPolicy.Continue)
        {
            writer.WriteString("on_error", OnErrors[(int)step.OnError]);
        }
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

    private static RetryPolicy RetryOf(DefinitionNode node)
    {
        node.Allow("attempts_max", "first_delay_seconds", "delay_max_seconds");
        var usual = new RetryPolicy();
        var retry = new RetryPolicy
        {
            AttemptsMax = node.Optional("attempts_max") is { IsMissing: false } attempts ? attempts.Integer(1, 1000) : usual.AttemptsMax,
            FirstDelay = Seconds(node.Optional("first_delay_seconds"), usual.FirstDelay),
            DelayMax = Seconds(node.Optional("delay_max_seconds"), usual.DelayMax),
        };
        return retry.DelayMax >= retry.FirstDelay
            ? retry
            : throw node.Error("the longest delay, delay_max_seconds, is shorter than the first, first_delay_seconds");
    }

    private static TimeSpan Seconds(DefinitionNode node, TimeSpan usual) =>
        node.IsMissing ? usual : TimeSpan.FromSeconds(node.Integer(1, 100_000_000));

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
