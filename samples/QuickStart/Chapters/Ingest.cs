using System.Diagnostics;
using System.Threading.Channels;
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
            AnsiConsole.WriteLine("An earlier start was interrupted: all is sent again, what is there is recognised.");
        }

        var watch = Stopwatch.StartNew();
        await Counter.RunAsync("Streaming in", shop.Events, report => SendAsync(platform, shop, report));
        var seconds = watch.Elapsed.TotalSeconds;
        AnsiConsole.MarkupLineInterpolated(
            $"All durable after {seconds:N1} s: [bold]{shop.Events / seconds:N0} events/s[/].");
    }

    // Two things at a time: while one batch is on its way to the disk, the next is applied.
    private static async Task SendAsync(CustomerPlatform platform, ShopSimulator shop, Action<double> report)
    {
        var sent = 0L;
        var durable = Task.CompletedTask;
        await foreach (var batch in MakeUp(shop).ReadAllAsync())
        {
            var writing = platform.WriteAsync(batch).AsTask();
            await durable;
            durable = writing;
            sent += batch.Length;
            report(Math.Min(sent, shop.Events));
        }

        await durable;
    }

    // The shop lives on a thread of its own, as it would in a process of its own.
    private static ChannelReader<CustomerWrite[]> MakeUp(ShopSimulator shop)
    {
        var batches = Channel.CreateBounded<CustomerWrite[]>(4);
        _ = Task.Run(async () =>
        {
            Exception? failure = null;
            try
            {
                foreach (var batch in shop.Writes().Chunk(BatchSize))
                {
                    await batches.Writer.WriteAsync(batch);
                }
            }
            catch (Exception thrown)
            {
                failure = thrown;
            }

            batches.Writer.Complete(failure);
        });
        return batches.Reader;
    }
}
