using Klaviyo.Channels;
using Klaviyo.Flows.Interpreter;

namespace Klaviyo;

/// <summary>What becomes of messages, as events of the profile: Klaviyo's metrics.</summary>
internal static class MessageEvents
{
    /// <summary>The property that names the flow.</summary>
    internal const string Flow = "$flow";

    /// <summary>The property that holds the key of the message.</summary>
    internal const string Key = "$message";

    /// <summary>The property that names the step.</summary>
    internal const string Step = "$step";

    /// <summary>Gets all metrics that are written of messages.</summary>
    internal static IEnumerable<string> Metrics => MessageChannels.OfPeople.SelectMany(
        channel => Enum.GetValues<MessageFeedbackKind>().Select(kind => MetricOf(kind, channel)).Prepend(Received(channel)!));

    /// <summary>Gets the metric of messages that were delivered on a channel; null for those that nobody receives.</summary>
    internal static string? Received(string channel) => Metric("Received", channel);

    /// <summary>Gets the metric of something that was done with a message; null where the channel has no people.</summary>
    internal static string? Metric(string verb, string channel)
    {
        return channel switch
        {
            MessageChannels.Email => verb + " Email",
            MessageChannels.Sms => verb + " SMS",
            MessageChannels.Push => verb + " Push",
            MessageChannels.WhatsApp => verb + " WhatsApp",
            _ => null,
        };
    }

    /// <summary>Makes the event of a message that was delivered; null for a channel that nobody receives on.</summary>
    /// <remarks>
    /// Its time is the instant for which the message was sent; when it was delivered is when the event was received. So what is
    /// counted does not depend on how long a channel took.
    /// </remarks>
    internal static CustomerEvent? OfDelivery(FlowMessage message, string providerId)
    {
        if (!message.IsToProfile || Received(message.Channel) is not { } metric)
        {
            return null;
        }

        var properties = new PropertyMap(8)
        {
            [Flow] = message.Flow,
            [Step] = message.Step,
            [Key] = message.Key,
        };
        if (message.Subject.Length > 0)
        {
            properties["Subject"] = BriefText.Of(message.Subject);
        }

        if (message.Channel == MessageChannels.Email)
        {
            properties["Email Domain"] = message.To[(message.To.LastIndexOf('@') + 1)..];
        }

        if (providerId.Length > 0)
        {
            properties["$provider_id"] = BriefText.Of(providerId);
        }

        return new CustomerEvent
        {
            Profile = [Identifier.Of(IdentifierKind.Id, message.Profile.ToString())],
            Metric = metric,
            Time = message.At,
            UniqueId = message.Key,
            Properties = properties,
        };
    }

    /// <summary>Makes what the refusal of an address writes: as if a bounce had been reported.</summary>
    internal static IReadOnlyList<CustomerWrite> OfBounce(FlowMessage message, string reason, Instant at)
    {
        return OfFeedback(
            new MessageFeedback { Message = message.Key, Kind = MessageFeedbackKind.Bounced, Reason = reason },
            Identifier.Of(IdentifierKind.Id, message.Profile.ToString()),
            message.Key,
            new MessageDelivery(message.Channel, message.Flow, message.Step),
            at);
    }

    /// <summary>Makes what feedback writes: the event, and the consent that follows from it.</summary>
    internal static IReadOnlyList<CustomerWrite> OfFeedback(
        MessageFeedback feedback, Identifier profile, string key, MessageDelivery delivery, Instant at)
    {
        var properties = new PropertyMap(8) { [Key] = key };
        if (!delivery.Flow.IsNull)
        {
            (properties[Flow], properties[Step]) = (delivery.Flow, delivery.Step);
        }

        if (feedback.Url is { } url)
        {
            properties["URL"] = BriefText.Of(url);
        }

        if (feedback.Reason.Length > 0)
        {
            properties["Reason"] = BriefText.Of(feedback.Reason);
        }

        var isOnce = feedback.Kind is not (MessageFeedbackKind.Opened or MessageFeedbackKind.Clicked or MessageFeedbackKind.SoftBounced);
        var happened = new CustomerEvent
        {
            Profile = [profile],
            Metric = MetricOf(feedback.Kind, delivery.Channel),
            Time = at,
            UniqueId = feedback.UniqueId ?? (isOnce ? key : null),
            Properties = properties,
        };
        return StatusAfter(feedback.Kind) is { } status
            ? [happened, new ConsentWrite { Profile = [profile], Channel = delivery.Channel, Time = at, Status = status.Status, Method = status.Method }]
            : [happened];
    }

    private static string MetricOf(MessageFeedbackKind kind, string channel)
    {
        var name = Metric("", channel)!.Trim();
        return kind switch
        {
            MessageFeedbackKind.Opened => $"Opened {name}",
            MessageFeedbackKind.Clicked => $"Clicked {name}",
            MessageFeedbackKind.SoftBounced or MessageFeedbackKind.Bounced => $"Bounced {name}",
            MessageFeedbackKind.MarkedAsSpam => $"Marked {name} as Spam",
            MessageFeedbackKind.Unsubscribed => $"Unsubscribed from {name} Marketing",
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "Not a kind of feedback."),
        };
    }

    private static (ConsentStatus Status, string Method)? StatusAfter(MessageFeedbackKind kind)
    {
        return kind switch
        {
            MessageFeedbackKind.Bounced => (ConsentStatus.Suppressed, "bounce"),
            MessageFeedbackKind.MarkedAsSpam => (ConsentStatus.Suppressed, "complaint"),
            MessageFeedbackKind.Unsubscribed => (ConsentStatus.Unsubscribed, "unsubscribe"),
            _ => null,
        };
    }

    /// <summary>Tells whether an event is the delivery of a message of a flow: it does not start that flow again.</summary>
    internal static bool IsDeliveryOf(string flow, CustomerEvent happened)
    {
        return happened.Metric.StartsWith("Received ", StringComparison.Ordinal)
            && happened.Properties[Flow] is { Kind: PropertyKind.String } sender
            && sender.AsString() == flow
            && happened.UniqueId is not null;
    }
}
