using Klaviyo;
using Klaviyo.Channels;
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
        await shop.DefineSegmentAsync("big spenders", new(When.Did("Placed Order").Sum().MoreThan(1000).InTheLast(30, TimeUnit.Day)));
        await shop.DefineFlowAsync(FlowBuilder.Named("Thank you").OnEvent("Placed Order")
            .Email("Thank you, {{ person.first_name | default: 'friend' }}!", "<p>It is on its way.</p>").Build());

        await shop.IdentifyAsync(["email:ada@example.com"], new() { ["first_name"] = "Ada" });
        await shop.TrackAsync("email:ada@example.com", "Placed Order", value: 1250, uniqueId: "order-1");

        var spent = shop.Aggregate("email:ada@example.com", new() { Metric = "Placed Order", Measures = ["sum"] });
        var members = shop.SegmentMembers(shop.Segment("big spenders")!).Select(member => member.Email);
        Console.WriteLine($"Ada spent ${spent.Number}; big spenders: {string.Join(", ", members)}");

        await shop.RunDueAsync(); // or shop.StartFlows() once, and forget about it
    }
}
