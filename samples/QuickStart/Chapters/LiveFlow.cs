using Klaviyo;
using Klaviyo.Channels;
using Klaviyo.Json;
using Spectre.Console;

namespace QuickStart.Chapters;

/// <summary>Runs the flow live, on a clock that lets eight days pass in a moment, for a handful of people.</summary>
internal static class LiveFlow
{
    private static readonly DateTimeOffset Morning = new(2026, 11, 2, 9, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Week = TimeSpan.FromDays(8);
    private static readonly TimeSpan Turn = TimeSpan.FromHours(6);

    internal static async Task RunAsync(string folder)
    {
        Chapter.Begin("The same flow live: eight days in a moment");
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }

        var clock = new FastClock(Morning);
        var console = new ConsoleChannel();
        await using var platform = await CustomerPlatform.OpenAsync(folder, new CustomerPlatformOptions
        {
            Clock = clock,
            Channels = new Dictionary<string, IChannel> { ["email"] = console, ["sms"] = console, ["webhook"] = console },
        });
        await platform.DefineSegmentAsync("New York, over $1000", SegmentJson.Parse(Definition.Read("new-york-over-1000.json")));
        await platform.DefineFlowAsync(FlowJson.Parse(Definition.Read("abandoned-cart.json")));

        await EverybodyLeavesACartAsync(platform);
        for (; clock.GetUtcNow() < Morning + Week; clock.Advance(Turn))
        {
            await platform.RunDueAsync();
            if (clock.GetUtcNow() == Morning.AddDays(2))
            {
                await platform.TrackAsync("external_id:cleo", "Placed Order", value: 80);
            }
        }

        var stats = platform.FlowStats("Abandoned cart");
        AnsiConsole.WriteLine($"{stats.Entered} entered, {stats.Delivered} messages delivered, {stats.Running} still under way.");
    }

    private static async Task EverybodyLeavesACartAsync(CustomerPlatform platform)
    {
        await ArriveAsync(platform, "Ada", "New York", spent: 1250, "email:ada@example.com", acceptsEmail: true);
        await ArriveAsync(platform, "Ben", "New York", spent: 1400, "phone_number:+12125550123", acceptsEmail: false);
        await ArriveAsync(platform, "Cleo", "New York", spent: 2000, "email:cleo@example.com", acceptsEmail: true);
        await ArriveAsync(platform, "Dan", "Boston", spent: 3000, "email:dan@example.com", acceptsEmail: true);
        await ArriveAsync(platform, "Eve", "New York", spent: 90, "email:eve@example.com", acceptsEmail: true);
    }

    private static async Task ArriveAsync(
        CustomerPlatform platform, string name, string city, double spent, Identifier address, bool acceptsEmail)
    {
        Identifier key = Identifier.ExternalId(name.ToLowerInvariant());
        await platform.IdentifyAsync([key, address], new PropertyMap
        {
            ["first_name"] = name,
            ["location"] = new PropertyMap { ["city"] = city },
            ["accepts_email"] = acceptsEmail,
        });
        await platform.TrackAsync(key, "Placed Order", value: spent, time: Morning.AddDays(-10));
        await platform.TrackAsync(key, "Added to Cart", value: 129, new PropertyMap
        {
            ["ProductName"] = "Burr Grinder",
            ["cart_id"] = $"cart-{name}",
        });
    }
}
