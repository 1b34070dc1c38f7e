using Klaviyo;
using QuickStart.Chapters;

namespace QuickStart;

/// <summary>The same tour of real data: a year of a British wholesaler, UCI's Online Retail.</summary>
internal static class RetailTour
{
    internal static async Task RunAsync(TourOptions options)
    {
        var story = new Story
        {
            Metric = "Ordered Product",
            Things = "order lines",
            Currency = "£",
            Customer = "external_id:14911",
            SegmentName = "United Kingdom, over £1000",
            SegmentFile = "united-kingdom-over-1000.json",
            FlowFile = "win-back.json",
            From = Instant.Parse("2010-12-01"),
            Until = Instant.Parse("2011-12-10"),
        };

        var settings = new CustomerPlatformOptions { Clock = new FastClock(story.Until), TimeZone = "Europe/London" };
        await using var platform = await Opening.OpenAsync(options.KeptStore("retail"), settings);
        await CsvImport.RunAsync(platform, options.Csv!);
        Totals.Show(platform, story);
        await Segments.ShowAsync(platform, story);
        Revenue.Show(platform, story);
        await Simulation.ShowAsync(platform, story);
    }
}
