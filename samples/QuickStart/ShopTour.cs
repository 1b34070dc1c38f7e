using Klaviyo;
using QuickStart.Chapters;
using QuickStart.Shop;

namespace QuickStart;

/// <summary>The tour of a made-up shop.</summary>
internal static class ShopTour
{
    internal static async Task RunAsync(TourOptions options)
    {
        var shop = new ShopSimulator(options.Events);
        var story = new Story
        {
            Metric = "Placed Order",
            Things = "orders",
            Currency = "$",
            Customer = shop.Regular.Key[0],
            SegmentName = "New York, over $1000",
            SegmentFile = "new-york-over-1000.json",
            FlowFile = "abandoned-cart.json",
            From = ShopSimulator.Start,
            Until = ShopSimulator.End,
        };

        // The shop's year has a fixed end, and the clock of the store stands there: the answers are the same every day.
        var settings = new CustomerPlatformOptions { Clock = new FastClock(ShopSimulator.End) };
        await using (var platform = await Opening.OpenAsync(options.KeptStore($"shop-{options.Events}"), settings))
        {
            await Ingest.RunAsync(platform, shop);
            Totals.Show(platform, story);
            await Segments.ShowAsync(platform, story);
            Revenue.Show(platform, story);
            await Simulation.ShowAsync(platform, story);
        }

        await LiveFlow.RunAsync(options.NewStore("live"));
    }
}
