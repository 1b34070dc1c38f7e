using System.Globalization;
using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>How messages of a step are delivered, from and to JSON; Klaviyo's own has no such field.</summary>
/// <remarks>
/// <c>"delivery": {"at_most_once": true, "on_error": "exit"}</c> or
/// <c>"delivery": {"retry": {"attempts": 3, "first_delay": 60, "delay_max": 3600, "age_max": 86400}}</c>, in seconds.
/// </remarks>
internal static class DeliveryJson
{
    private const int SecondsMax = int.MaxValue;
    private static readonly string[] OnError = ["continue", "exit", "park"];

    internal static DeliveryPolicy? Read(DefinitionNode data)
    {
        var node = data.Optional("delivery");
        if (node.IsMissing)
        {
            return null;
        }

        node.Allow("at_most_once", "retry", "on_error");
        return new DeliveryPolicy
        {
            AtMostOnce = ActionField.Switch(node, "at_most_once"),
            Retry = ReadRetry(node.Optional("retry")),
            OnError = (ErrorPolicy)WordJson.IndexIn(OnError, node.Optional("on_error"), "what to do on an error", 0),
        };
    }

    internal static void Write(Utf8JsonWriter writer, DeliveryPolicy? delivery)
    {
        if (delivery is null)
        {
            return;
        }

        writer.WriteStartObject("delivery");
        if (delivery.AtMostOnce)
        {
            writer.WriteBoolean("at_most_once", true);
        }

        if (delivery.Retry is { } retry)
        {
            writer.WriteStartObject("retry");
            writer.WriteNumber("attempts", retry.AttemptsMax);
            writer.WriteNumber("first_delay", (long)retry.FirstDelay.TotalSeconds);
            writer.WriteNumber("delay_max", (long)retry.DelayMax.TotalSeconds);
            if (retry.AgeMax != TimeSpan.MaxValue)
            {
                writer.WriteNumber("age_max", (long)retry.AgeMax.TotalSeconds);
            }

            writer.WriteEndObject();
        }

        ActionField.WriteText(writer, "on_error", delivery.OnError == ErrorPolicy.Continue ? null : OnError[(int)delivery.OnError]);
        writer.WriteEndObject();
    }

    private static RetryPolicy? ReadRetry(DefinitionNode node)
    {
        if (node.IsMissing)
        {
            return null;
        }

        node.Allow("attempts", "first_delay", "delay_max", "age_max");
        var usual = new RetryPolicy();
        var attempts = node.Optional("attempts");
        var retry = new RetryPolicy
        {
            AttemptsMax = attempts.IsMissing ? usual.AttemptsMax : attempts.Integer(1, int.MaxValue),
            FirstDelay = Seconds(node, "first_delay", usual.FirstDelay),
            DelayMax = Seconds(node, "delay_max", usual.DelayMax),
            AgeMax = Seconds(node, "age_max", usual.AgeMax),
        };
        var first = node.Optional("first_delay");
        if (retry.DelayMax < retry.FirstDelay)
        {
            var max = node.Optional("delay_max");
            throw max.IsMissing
                ? first.Error($"is longer than delay_max, which is {Seconds(retry.DelayMax)} where it is not said")
                : max.Error($"is shorter than first_delay, {Seconds(retry.FirstDelay)}");
        }

        if (retry.AgeMax < retry.FirstDelay)
        {
            throw node.Optional("age_max").Error($"is shorter than first_delay, {Seconds(retry.FirstDelay)}");
        }

        return retry;
    }

    private static string Seconds(TimeSpan length) => ((long)length.TotalSeconds).ToString(CultureInfo.InvariantCulture);

    private static TimeSpan Seconds(DefinitionNode parent, string name, TimeSpan usual)
    {
        var node = parent.Optional(name);
        return node.IsMissing ? usual : TimeSpan.FromSeconds(node.Integer(1, SecondsMax));
    }
}
