using System.Diagnostics;
using Klaviyo.Bench.Compare.Subjects;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>A draft against a live flow over a year of real purchases: UCI's Online Retail.</summary>
/// <remarks>
/// The data do not come with the project: they are looked for beside it, in <c>../shared/data</c>, or where <c>KLAVIYO_SHARED</c> says.
/// Without them the row has no value.
/// </remarks>
internal static class FlowBacktest
{
    private const string Mapping = """
        {"profile":{"external_id":{"column":"CustomerID","integer":true}},
         "time":{"column":"InvoiceDate","zone":"Europe/London","format":"yyyy-MM-dd HH:mm:ss"},
         "metric":"Ordered Product","value":"Quantity*UnitPrice","properties":["InvoiceNo","StockCode","Description","Country"],
         "profile_properties":["Country"],"skip_when":{"CustomerID":""}}
        """;

    private static readonly Instant From = Instant.Parse("2010-12-01");
    private static readonly Instant To = Instant.Parse("2011-12-10");

    internal static async Task MeasureAsync(CompareRun run)
    {
        var shared = Environment.GetEnvironmentVariable("KLAVIYO_SHARED") ?? Path.Combine("..", "shared");
        var file = Path.Combine(shared, "data", "online_retail.csv.gz");
        if (!File.Exists(file))
        {
            var missing = new Measured("flow-backtest", "s", lessIsBetter: true, 0);
            missing.Add(Subject.Ours, null, "no Online Retail beside the project");
            run.Add(missing);
            return;
        }

        CompareRun.Say("flow: a draft against a live flow over a year of Online Retail");
        var options = new CustomerPlatformOptions { Clock = new SteppedClock(To.ToDateTimeOffset()), TimeZone = "Europe/London" };
        await using var platform = await CustomerPlatform.OpenAsync(run.NewDirectory("flow-backtest"), options);
        await using (var input = File.OpenRead(file))
        {
            await platform.ImportAsync(input, new ImportOptions { Format = new CsvFormat(CsvMapping.Parse(Mapping)) });
        }

        Loading.Collect();
        var started = Stopwatch.GetTimestamp();
        var summary = await BacktestSummary.OfAsync(platform.BacktestFlowAsync(WinBack(45), WinBack(60), From, To));
        var taken = Stopwatch.GetElapsedTime(started);
        if (summary.Counts.Sum(c => c.Same + c.OnlyLive) == 0 || summary.Counts.Sum(c => c.OnlyDraft) == 0)
        {
            throw new WrongAnswerException("A backtest found nothing that a flow would have done.");
        }

        FlowWork.Add(
            run, "flow-backtest", (int)platform.Stats().Events, taken.TotalSeconds, "s", lessIsBetter: true,
            $"a year of Online Retail, two flows, {summary.Profiles:N0} profiles reached");
    }

    private static FlowDefinition WinBack(int days) => FlowBuilder.Named("win back")
        .OnEvent("Ordered Product")
        .Reenter(new ReentryCriteria(1, ReentryUnit.Day))
        .Wait(days, DelayUnit.Days)
        .If(When.DidNot("Ordered Product").InTheLast(days - 1, TimeUnit.Day),
            yes => yes.As("tell").Webhook("https://example.com/hook", "{{ event.Description }}"))
        .Build();
}
