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
        var filters = status.Optional("filters");
        return new MarketingConsentCondition
        {
            Channel = consent.Required("channel").Name(),
            CanReceiveMarketing = consent.Required("can_receive_marketing").Boolean(),
            Subscription = ParseSubscription(status.Required("subscription")),
            Filters = ConsentFilterJson.ParseAll(filters, ConsentFilterJson.Method),
            Nothing = Spelling.OfNothing(filters),
        };
    }

    internal static void Write(Utf8JsonWriter writer, MarketingConsentCondition condition)
    {
        writer.WriteString("type", "profile-marketing-consent");
        writer.WriteStartObject("consent");
        writer.WriteString("channel", condition.Channel);
        writer.WriteBoolean("can_receive_marketing", condition.CanReceiveMarketing);
        writer.WriteStartObject("consent_status");
        writer.WriteString("subscription", condition.Subscription is { } status ? Names.NameOf(status) : "any");
        if (condition.Filters.Count > 0)
        {
            ConsentFilterJson.WriteAll(writer, condition.Filters, ConsentFilterJson.Method);
        }
        else
        {
            Spelling.WriteNothing(writer, "filters", condition.Nothing);
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    }

    private static ConsentStatus? ParseSubscription(DefinitionNode node) =>
        node.Text() == "any" ? null : node.Operator(Names, "a subscription (or any)");
}
