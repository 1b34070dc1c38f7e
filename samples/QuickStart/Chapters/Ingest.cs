using System.Diagnostics;
using Klaviyo;
using QuickStart.Shop;
using Spectre.Console;

namespace QuickStart.Chapters;

/// <summary>Streams the shop's year in, durably.</summary>
internal static class Ingest
{
    private const int BatchSize = 8192;

    internal static async Task RunAsync(CustomerPlatform platform, ShopSimulator shop)
    {
        var found = platform.Stats().Events;
        if (found == shop.Events)
        {
            return;
        }

        Chapter.Begin($"A year of a shop: {shop.Events:N0} events of {shop.People:N0} people");
        if (found > 0)
        {
            AnsiConsole.WriteLine("An earlier start was interrupted. All is sent again; what is there already is recognised.");
        }

        var watch = Stopwatch.StartNew();
        await Counter.RunAsync("Streaming in", shop.Events, report => SendAsync(platform, shop, report));
        var seconds = watch.Elapsed.TotalSeconds;
        AnsiConsole.MarkupLineInterpolated(
            $"All durable after {seconds:N1} s: [bold]{shop.Events / seconds:N0} events/s[/], made up and stored.");
    }

    // While one batch is on its way to the disk, the next is made and applied: one wait for the disk is always in flight.
    private static async Task SendAsync(CustomerPlatform platform, ShopSimulator shop, Action<double> report)
    {
        var sent = 0L;
        Task durable = Task.CompletedTask;
        foreach (var batch in shop.Writes().Chunk(BatchSize))
        {
            var writing = platform.WriteAsync(batch).AsTask();
            await durable;
            durable = writing;
            sent += batch.Length;
            report(Math.Min(sent, shop.Events));
        }

        await durable;
    }
}
