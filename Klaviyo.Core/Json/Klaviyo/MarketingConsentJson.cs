using System.Text.Json;

namespace Klaviyo.Json;

internal static class MarketingConsentJson
{
    private static readonly OperatorNames<ConsentStatus> Names = new(
        ("subscribed", ConsentStatus.Subscribed),
        ("unsubscribed", ConsentStatus.Unsubscribed),
        ("never_subscribed", ConsentStatus.NeverSubscribed));

    internal static MarketingConsentCondition Parse(DefinitionNode node)
    {
        node.Allow("type", "consent");
        var consent = node.Required("consent");
        consent.Allow("channel", "can_receive_marketing", "consent_status");
        var status = consent.Required("consent_status");
        status.Allow("subscription", "filters");
        var condition = new MarketingConsentCondition
        {
            Channel = consent.Required("channel").Name(),
            CanReceiveMarketing = consent.Required("can_receive_marketing").Boolean(),
            Subscription = ParseSubscription(status.Required("subscription")),
        };
        if (condition is { Channel: "email", CanReceiveMarketing: false, Subscription: not null and not ConsentStatus.Unsubscribed })
        {
            // The last thing said is what is kept, so "suppressed, but subscribed before" cannot be told.
            throw status.Required("subscription").Error("profiles that are suppressed by what they said before are not supported yet");
        }

        var filters = status.Optional("filters");
        return filters.IsMissing ? condition : filters.Items().Aggregate(condition, WithFilter);
    }

    internal static void Write(Utf8JsonWriter writer, MarketingConsentCondition condition)
    {
        writer.WriteString("type", "profile-marketing-consent");
        writer.WriteStartObject("consent");
        writer.WriteString("channel", condition.Channel);
        writer.WriteBoolean("can_receive_marketing", condition.CanReceiveMarketing);
        writer.WriteStartObject("consent_status");
        writer.WriteString("subscription", condition.Subscription is { } status ? Names.NameOf(status) : "any");
        if (condition.Method is not null || condition.Given is not null)
        {
            WriteFilters(writer, condition);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static void WriteFilters(Utf8JsonWriter writer, MarketingConsentCondition condition)
    {
        writer.WriteStartArray("filters");
        if (condition.Given is not null)
        {
            writer.WriteStartObject();
            writer.WriteString("field", "status_date");
            writer.WritePropertyName("filter");
            FilterJson.Write(writer, condition.Given);
            writer.WriteEndObject();
        }

        if (condition.Method is not null)
        {
            writer.WriteStartObject();
            writer.WriteString("field", "method");
            writer.WriteString("method", condition.Method);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static ConsentStatus? ParseSubscription(DefinitionNode node) =>
        node.Text() == "any" ? null : node.Operator(Names, "a subscription (or any)");

    private static MarketingConsentCondition WithFilter(MarketingConsentCondition condition, DefinitionNode filter)
    {
        var field = filter.Required("field");
        switch (field.Text())
        {
            case "status_date" when condition.Given is null:
                filter.Allow("field", "filter");
                return condition with { Given = DateFilterJson.Parse(filter.Required("filter")) };
            case "method" when condition.Method is null:
                filter.Allow("field", "method", "filter");
                return filter.Optional("filter").IsMissing
                    ? condition with { Method = filter.Required("method").Name() }
                    : throw filter.Optional("filter").Error("a filter on the method of a consent is not supported yet");
            case "status_date" or "method":
                throw field.Error($"a second filter on '{field.Text()}' is not supported yet");
            default:
                throw field.Error($"'{field.Text()}' is not supported yet");
        }
    }
}
