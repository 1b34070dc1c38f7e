using System.Globalization;
using System.Text;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Cases;

// Real purchases in, and every customer's numbers against a computation that shares nothing with the product.
public sealed class RealDataTests
{
    private const string RetailMapping = """
        {"profile":{"external_id":{"column":"CustomerID","integer":true}},
         "time":{"column":"InvoiceDate","zone":"Europe/London","format":"yyyy-MM-dd HH:mm:ss"},
         "metric":"Ordered Product","value":"Quantity*UnitPrice","properties":["InvoiceNo","StockCode","Description","Country"],
         "profile_properties":["Country"],"skip_when":{"CustomerID":""}}
        """;

    private const string CdnowMapping = """
        {"delimiter":"whitespace","header":["id","sample","date","cds","dollars"],
         "profile":{"external_id":{"column":"id","text":true}},"time":{"column":"date","format":"yyyyMMdd"},
         "metric":"Bought CDs","value":"dollars","properties":["cds"]}
        """;

    [Test]
    public async Task OnlineRetail_EveryCustomer_EqualsAnIndependentComputation()
    {
        await using var file = File.OpenRead(SharedCases.Path("data", "online_retail.csv.gz"));
        await using var database = await OpenAsync();
        var result = await ImportAsync(database, file, RetailMapping);
        Assert.That((result.Accepted, result.Skipped, result.Rejected), Is.EqualTo((406_829, 135_080, 0)));
        Assert.That(database.Stats().Profiles, Is.EqualTo(4_372));

        var purchases = Purchase.OnlineRetail().Where(p => p.Customer.Length > 0).ToList();
        Compare(database, "Ordered Product", purchases, p => p.Customer.Replace(".0", "", StringComparison.Ordinal), "2011-12-09T12:50:00Z", "2011-06-15T09:00:00Z");
        var report = await database.VerifyAsync();
        Assert.That(report.Problem, Is.Null);
    }

    [Test]
    public async Task Cdnow_EveryCustomer_EqualsAnIndependentComputation()
    {
        await using var file = File.OpenRead(SharedCases.Path("data", "CDNOW_sample.txt"));
        await using var database = await OpenAsync();
        var result = await ImportAsync(database, file, CdnowMapping);
        Assert.That((result.Accepted, result.Rejected, result.Profiles), Is.EqualTo((6_919, 0, 2_357)));
        Compare(database, "Bought CDs", Purchase.Cdnow(), p => p.Customer, "1998-06-30", "1997-09-30");
    }

    [Test]
    public async Task Cdnow_LinesInAnyOrder_GiveTheSameAnswersAndTwiceChangesNothing()
    {
        var rows = Purchase.Cdnow();
        var lines = File.ReadAllLines(SharedCases.Path("data", "CDNOW_sample.txt"))
            .Select((line, i) => string.Create(CultureInfo.InvariantCulture, $"{line} row-{i}")).ToArray();
        var mapping = CdnowMapping.Replace("\"dollars\"]", "\"dollars\",\"row\"]", StringComparison.Ordinal)
            .Replace("\"metric\"", "\"unique_id\":\"row\",\"metric\"", StringComparison.Ordinal);
        new Random(7).Shuffle(lines);
        await using var database = await OpenAsync();
        var first = await ImportAsync(database, Utf8(lines), mapping);
        Array.Reverse(lines);
        var again = await ImportAsync(database, Utf8(lines), mapping);
        Assert.That((first.Accepted, first.Duplicates), Is.EqualTo((6_919, 0)));
        Assert.That((again.Accepted, again.Duplicates), Is.EqualTo((0, 6_919)));
        Compare(database, "Bought CDs", rows, p => p.Customer, "1998-06-30", "1997-09-30");
    }

    private static MemoryStream Utf8(IEnumerable<string> lines) => new(Encoding.UTF8.GetBytes(string.Join('\n', lines)));

    private static async Task<CustomerDatabase> OpenAsync() =>
        await DatabaseFixture.OpenAsync(
            new SimulatedFiles(1), new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset()), chunkLogBytes: 4 << 20);

    private static Task<ImportResult> ImportAsync(CustomerDatabase database, Stream input, string mapping) =>
        database.ImportAsync(input, new ImportOptions { Format = new CsvFormat(CsvMapping.Parse(mapping)) });

    private static void Compare(
        CustomerDatabase database, string metric, List<Purchase> purchases, Func<Purchase, string> customer, params string[] instants)
    {
        var query = new AggregateQuery { Metric = metric, Measures = ["count", "sum", "min", "max", "first", "last"] };
        foreach (var (id, own) in purchases.GroupBy(customer).Select(g => (g.Key, g.OrderBy(p => p.Time).ToList())))
        {
            foreach (var at in instants.Select(Instant.Parse))
            {
                Expect(database, id, query, at, own.Where(p => p.Time <= at));
                var days = TimeSpan.FromDays(30);
                var window = query with { Window = new RelativeDateFilter(RelativeDateOperator.InTheLast, 30, TimeUnit.Day) };
                Expect(database, id, window, at, own.Where(p => p.Time <= at && p.Time > at.Plus(-days)));
            }
        }
    }

    private static void Expect(CustomerDatabase database, string id, AggregateQuery query, Instant at, IEnumerable<Purchase> own)
    {
        var expected = own.ToList();
        var answer = database.Aggregate(Identifier.ExternalId(id), query, at).Values;
        Assert.That(answer[0].AsNumber(), Is.EqualTo(expected.Count), id);
        Assert.That(answer[1].AsNumber(), Is.EqualTo((double)expected.Sum(p => p.Value)).Within(1e-9), id);
        if (expected.Count > 0)
        {
            Assert.That(answer[2].AsNumber(), Is.EqualTo((double)expected.Min(p => p.Value)).Within(1e-12), id);
            Assert.That(answer[3].AsNumber(), Is.EqualTo((double)expected.Max(p => p.Value)).Within(1e-12), id);
            var first = expected.Where(p => p.Time == expected[0].Time).Select(p => (double)p.Value);
            Assert.That(first, Has.Some.EqualTo(answer[4].AsNumber()).Within(1e-12), id);
            var last = expected.Where(p => p.Time == expected[^1].Time).Select(p => (double)p.Value);
            Assert.That(last, Has.Some.EqualTo(answer[5].AsNumber()).Within(1e-12), id);
        }
    }
}
