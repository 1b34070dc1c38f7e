using Klaviyo;
using Klaviyo.Channels;
using Klaviyo.Json;
using QuickStart.Chapters;

namespace QuickStart;

/// <summary>The example of the README.</summary>
internal static class TenLines
{
    internal static async Task RunAsync(string folder)
    {
        Chapter.Begin("Ten lines: TenLines.cs");

        var channels = new Dictionary<string, IChannel> { ["email"] = new ConsoleChannel() };
        await using var shop = await CustomerPlatform.OpenAsync(folder, new() { Channels = channels });
        await shop.DefineSegmentAsync("big spenders", SegmentJson.Parse(Definition.Read("big-spenders.json")));
        await shop.DefineFlowAsync(FlowJson.Parse(Definition.Read("thank-you.json")));

        await shop.IdentifyAsync(["email:ada@example.com"], new() { ["first_name"] = "Ada" });
        await shop.TrackAsync("email:ada@example.com", "Placed Order", value: 1250, uniqueId: "order-1");

        var spent = shop.Aggregate("email:ada@example.com", new() { Metric = "Placed Order", Measures = ["sum"] });
        var members = shop.SegmentMembers(shop.Segment("big spenders")!).Select(member => member.Email);
        Console.WriteLine($"Ada spent ${spent.Number}; big spenders: {string.Join(", ", members)}");

        await shop.RunDueAsync(); // or shop.StartFlows() once, and forget about it
    }
}
