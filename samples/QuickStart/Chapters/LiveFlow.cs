using Klaviyo;
using Klaviyo.Channels;
using Klaviyo.Json;
using Spectre.Console;

namespace QuickStart.Chapters;

/// <summary>Runs the flow live, on a clock that lets eight days pass in a moment, for a handful of people.</summary>
internal static class LiveFlow
{
    private static readonly Instant Morning = Instant.Parse("2026-11-02T09:00:00Z");
    private static readonly TimeSpan Days = TimeSpan.FromDays(8);
    private static readonly TimeSpan Turn = TimeSpan.FromHours(6);

    private static readonly Shopper[] Shoppers =
    [
        new("Ada", "New York", Spent: 1250, "email:ada@example.com", "email"),
        new("Ben", "New York", Spent: 1400, "phone_number:+12125550123", "sms"),
        new("Cleo", "New York", Spent: 2000, "email:cleo@example.com", "email"),
        new("Dan", "Boston", Spent: 3000, "email:dan@example.com", "email"),
        new("Eve", "New York", Spent: 90, "email:eve@example.com", "email"),
    ];

    internal static async Task RunAsync(string folder)
    {
        Chapter.Begin("The same flow live: eight days in a moment");
        var clock = new FastClock(Morning);
        var console = new ConsoleChannel();
        await using var platform = await CustomerPlatform.OpenAsync(folder, new CustomerPlatformOptions
        {
            Clock = clock,
            Channels = new Dictionary<string, IChannel>
            {
                ["email"] = console,
                ["sms"] = console,
                ["webhook"] = console,
            },
        });
        var segment = SegmentJson.Parse(Definition.Read("new-york-over-1000.json"));
        await platform.DefineSegmentAsync("New York, over $1000", segment);
        await platform.DefineFlowAsync(FlowJson.Parse(Definition.Read("abandoned-cart.json")));

        foreach (var shopper in Shoppers)
        {
            await LeaveACartAsync(platform, shopper);
        }

        for (; clock.Now < Morning.Plus(Days); clock.Advance(Turn))
        {
            await platform.RunDueAsync();
            if (clock.Now == Morning.Plus(TimeSpan.FromDays(2)))
            {
                // Cleo comes back by herself, so nobody writes to her.
                await platform.TrackAsync("external_id:Cleo", "Placed Order", value: 129);
            }
        }

        var stats = platform.FlowStats("Abandoned cart");
        AnsiConsole.WriteLine($"{stats.Entered} left a cart, {stats.Delivered} messages were delivered.");
    }

    private static async Task LeaveACartAsync(CustomerPlatform platform, Shopper shopper)
    {
        var key = Identifier.ExternalId(shopper.Name);
        await platform.IdentifyAsync([key, shopper.Address], new PropertyMap
        {
            ["first_name"] = shopper.Name,
            ["location"] = new PropertyMap { ["city"] = shopper.City },
        });
        await platform.WriteAsync(new ConsentWrite
        {
            Profile = [key],
            Channel = shopper.Channel,
            Status = ConsentStatus.Subscribed,
        });
        await platform.TrackAsync(key, "Placed Order", value: shopper.Spent, time: Morning.Plus(TimeSpan.FromDays(-10)));
        await platform.TrackAsync(key, "Added to Cart", value: 129, new PropertyMap
        {
            ["ProductName"] = "Burr Grinder",
            ["cart_id"] = $"cart-{shopper.Name}",
        });
    }

    private sealed record Shopper(string Name, string City, double Spent, Identifier Address, string Channel);
}
