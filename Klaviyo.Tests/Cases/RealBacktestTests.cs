using System.Diagnostics;
using Klaviyo.Tests.Flows;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Cases;

// A year of real purchases: whom a flow would have written to, and when, against loops that share nothing with the product.
public sealed class RealBacktestTests
{
    private const string Mapping = """
        {"profile":{"external_id":{"column":"CustomerID","integer":true}},
         "time":{"column":"InvoiceDate","zone":"Europe/London","format":"yyyy-MM-dd HH:mm:ss"},
         "metric":"Ordered Product","value":"Quantity*UnitPrice","properties":["Description"],"skip_when":{"CustomerID":""}}
        """;

    private static readonly Instant From = Instant.Parse("2010-12-01");
    private static readonly Instant To = Instant.Parse("2011-12-10");

    [Test]
    public async Task OnlineRetail_DraftAgainstLive_EqualsAnIndependentComputation()
    {
        await using var file = File.OpenRead(SharedCases.Path("data", "online_retail.csv.gz"));
        await using var world = await FlowWorld.OpenAsync(start: To.ToString());
        await world.Platform.ImportAsync(file, new ImportOptions { Format = new CsvFormat(CsvMapping.Parse(Mapping)) });

        var started = Stopwatch.GetTimestamp();
        var rows = await world.Platform.BacktestFlowAsync(WinBack(45), WinBack(60), From, To).ToListAsync();
        await TestContext.Out.WriteLineAsync($"{rows.Count} rows in {Stopwatch.GetElapsedTime(started).TotalMilliseconds:F0} ms");

        var names = rows.Select(r => r.Decision.Profile).Distinct().ToDictionary(
            id => id, id => world.Platform.Profile(Identifier.Of(IdentifierKind.Id, id.ToString()))!.Identifiers[0].Value);
        var customers = Purchase.OnlineRetail().Where(p => p.Customer.Length > 0)
            .GroupBy(p => p.Customer.Replace(".0", "", StringComparison.Ordinal), p => p.Time.UnixMs).ToList();
        foreach (var (days, other) in new[] { (45, BacktestSide.OnlyLive), (60, BacktestSide.OnlyDraft) })
        {
            var found = rows.Where(r => r.Side != other).Select(r => $"{names[r.Decision.Profile]} {r.Decision.At.UnixMs}");
            var expected = customers.SelectMany(c => Due([.. c.Distinct().Order()], days).Select(at => $"{c.Key} {at}")).Order(StringComparer.Ordinal).ToList();
            Assert.That(expected, Has.Count.GreaterThan(1000));
            Assert.That(found.Order(StringComparer.Ordinal), Is.EqualTo(expected));
        }
    }

    // Enters at most once a day; is written to if nothing was bought in the last days but one.
    private static IEnumerable<long> Due(long[] times, int days)
    {
        const long Day = 86_400_000;
        var last = long.MinValue / 2;
        foreach (var time in times)
        {
            if (time - last < Day)
            {
                continue;
            }

            last = time;
            var due = time + (days * Day);
            if (due <= To.UnixMs && !times.Any(t => t <= due && t > due - ((days - 1) * Day)))
            {
                yield return due;
            }
        }
    }

    private static FlowDefinition WinBack(int days) => FlowBuilder.Named("win back")
        .OnEvent("Ordered Product")
        .Reenter(new ReentryCriteria(1, ReentryUnit.Day))
        .Wait(days, DelayUnit.Days)
        .If(When.DidNot("Ordered Product").InTheLast(days - 1, TimeUnit.Day), yes => yes.As("tell").Webhook("https://example.com/hook", "Hello"))
        .Build();
}
