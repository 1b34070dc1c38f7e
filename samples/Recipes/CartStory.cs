using Klaviyo;
using Klaviyo.Testing;

namespace Recipes;

/// <summary>A handful of people who leave something in their carts, and ten days that pass in a moment.</summary>
internal static class CartStory
{
    // Orders of October count in November; in December they no longer do.
    private static readonly Instant LastMonth = Instant.Parse("2026-10-20T12:00:00Z");

    private static readonly FlowTestOptions Options = new()
    {
        Start = Instant.Parse("2026-11-09T09:00:00Z"),
        Platform = new CustomerPlatformOptions { TimeZone = "America/New_York" },
    };

    private static readonly Shopper[] Shoppers =
    [
        new("Ada", "New York", Spent: 1250, "phone_number:+12125550101", "sms"),
        new("Ben", "New York", Spent: 1400, "email:ben@example.com"),
        new("Cleo", "New York", Spent: 2000, "phone_number:+12125550103"),
        new("Dan", "Boston", Spent: 3000, "email:dan@example.com"),
        new("Eve", "New York", Spent: 1000, "email:eve@example.com"),
        new("Fay", "New York", Spent: 1800, "email:fay@example.com"),
        new("Gus", "New York", Spent: 1900, "email:gus@example.com"),
    ];

    /// <summary>Plays the story with a flow.</summary>
    /// <returns>The test, to look at: who got what, when, and why not. The caller closes it.</returns>
    internal static async Task<FlowTest> PlayAsync(FlowDefinition flow)
    {
        var test = await FlowTest.OpenAsync(Options, flow);
        foreach (var shopper in Shoppers)
        {
            await LeaveACartAsync(test, shopper);
        }

        await test.AdvanceAsync(TimeSpan.FromDays(3));
        await test.TrackAsync("external_id:Fay", "Placed Order", value: 129);
        await test.TrackAsync("external_id:Gus", "Removed from Cart", value: 129);
        await test.AdvanceAsync(TimeSpan.FromDays(7));
        return test;
    }

    /// <summary>Tells of each person what they got, or why nothing.</summary>
    internal static IEnumerable<string> Tell(FlowTest test)
    {
        foreach (var shopper in Shoppers)
        {
            var last = test.DecisionsOf(shopper.Key).Last(d => d.Kind is DecisionKind.Send or DecisionKind.Skip or DecisionKind.Branch);
            var what = last.Kind == DecisionKind.Send ? $"{last.Type} at {last.At}" : $"nothing: {last.Step} {last.Reason}".TrimEnd();
            yield return $"{shopper.Name,-5} {what}";
        }
    }

    private static async Task LeaveACartAsync(FlowTest test, Shopper shopper)
    {
        var place = new PropertyMap { ["city"] = shopper.City };
        var properties = new PropertyMap { ["first_name"] = shopper.Name, ["location"] = place };
        await test.IdentifyAsync([shopper.Key, shopper.Address], properties, shopper.SubscribedTo);
        await test.TrackAsync(shopper.Key, "Placed Order", shopper.Spent, time: LastMonth);
        await test.TrackAsync(shopper.Key, "Added to Cart", 129, new PropertyMap { ["ProductName"] = "Burr Grinder" });
    }

    private sealed record Shopper(string Name, string City, double Spent, Identifier Address, params string[] SubscribedTo)
    {
        internal Identifier Key => Identifier.ExternalId(Name);
    }
}
