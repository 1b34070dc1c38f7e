using Klaviyo;
using Klaviyo.Json;

namespace Recipes;

/// <summary>
/// Something was left in the cart for seven days by somebody who lives in New York and bought for more than $1000 last month: they
/// get a text if they agreed to texts, else an e-mail if they have an address, else somebody calls them, by a webhook.
/// </summary>
internal static class CartReminder
{
    /// <summary>Says the flow in C#.</summary>
    internal static FlowDefinition InCSharp()
    {
        var flow = FlowBuilder.Named("cart reminder")
            .OnEvent("Added to Cart")
            .Only(When.DidNot("Placed Order").SinceFlowStart() & When.DidNot("Removed from Cart").SinceFlowStart())
            .Reenter(new ReentryCriteria(30, ReentryUnit.Day))
            .As("a-week").Wait(7, DelayUnit.Days)
            .As("worth-it").If(When.Property("location['city']").Is("New York")
                    & When.Did("Placed Order").Sum().MoreThan(1000).During(new CalendarUnitDateFilter(isLast: true, TimeUnit.Month)),
                yes => yes.As("may-text").If(When.CanReceive("sms"),
                    text => text.As("text").Sms("{{ person.first_name }}, we kept your {{ event.ProductName }} for you."),
                    noText => noText.As("may-mail").If(When.Property("email").IsSet(),
                        mail => mail.As("mail").Email(
                            "Your {{ event.ProductName }} is still here",
                            "<p>{{ person.first_name }}, we kept your {{ event.ProductName }} for you.</p>"),
                        call => call.As("call").Webhook(
                            "https://crm.example/calls",
                            "{\"who\": \"{{ person.external_id }}\", \"what\": \"{{ event.ProductName }}\"}"))))
            .Build();
        return flow;
    }

    /// <summary>Reads the same flow from Klaviyo's JSON.</summary>
    internal static FlowDefinition InJson() => FlowJson.Parse(
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "definitions", "cart-reminder.json")), "cart reminder");
}
