using System.Globalization;
using System.Text;
using BenchmarkDotNet.Attributes;
using Klaviyo.Storage.Import;

namespace Klaviyo.Bench.Micro;

/// <summary>Reads 100 000 records of a format into writes, on one core.</summary>
[MemoryDiagnoser]
public class ImportBenchmarks
{
    private const int Records = 100_000;

    private readonly Dictionary<string, (ImportFormat Format, byte[] Text)> _inputs = new()
    {
        ["segment"] = (new SegmentFormat(), Lines(SegmentTrack)),
        ["klaviyo"] = (new KlaviyoFormat(), Lines(KlaviyoEvent)),
        ["csv"] = (new CsvFormat(CsvMapping.Parse(CsvMap)), [.. CsvHeader, .. Lines(CsvRow)]),
    };

    [Params("segment", "klaviyo", "csv")]
    public string Format { get; set; } = "segment";

    [Benchmark(OperationsPerInvoke = Records)]
    public async Task<long> Read()
    {
        var (format, text) = _inputs[Format];
        await using var reader = format.CreateReader(new ImportInput(new MemoryStream(text)), backfill: false);
        var batch = new ImportBatch(4096, keepsInput: false);
        var writes = 0L;
        while (await reader.ReadAsync(batch, CancellationToken.None))
        {
            foreach (var item in batch.Items)
            {
                writes += item.Write is null ? 0 : 1;
            }
        }

        return writes == Records ? writes : throw new InvalidOperationException($"{writes} of {Records} were read.");
    }

    // {i}: the number of the line; {u}: one of 5000 people; {t}: a time; {n}: a small number.
    private const string SegmentTrack = """
        {"type":"track","event":"Order Completed","userId":"user-{u}","messageId":"m-{i}-7f3a","timestamp":"{t}.123Z","properties":{"order_id":"o-{i}","revenue":{n}.95,"currency":"EUR","country":"Germany","items":{n},"coupon":"WELCOME10","first":true,"category":"Shoes / Outdoor"}}
        """;

    private const string KlaviyoEvent = """
        {"data":{"type":"event","attributes":{"properties":{"order_id":"o-{i}","currency":"EUR","country":"Germany","items":{n},"coupon":"WELCOME10","category":"Shoes / Outdoor"},"time":"{t}+00:00","value":{n}.95,"unique_id":"m-{i}","metric":{"data":{"type":"metric","attributes":{"name":"Placed Order"}}},"profile":{"data":{"type":"profile","attributes":{"external_id":"user-{u}","first_name":"Ada"}}}}}}
        """;

    private const string CsvMap = """
        {"profile":{"external_id":"CustomerID"},"time":{"column":"InvoiceDate","format":"yyyy-MM-dd'T'HH:mm:ss","zone":"Europe/London"},
         "metric":"Ordered Product","value":"Quantity*UnitPrice","unique_id":["InvoiceNo","StockCode"],
         "properties":["Description","Country","StockCode","Quantity"],"skip_when":{"CustomerID":""}}
        """;

    private const string CsvRow = """{i},85{n}A,"HEART HOLDER, {n}",6,{t},2.55,{u},United Kingdom""";

    private static ReadOnlySpan<byte> CsvHeader => "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"u8;

    private static byte[] Lines(string template)
    {
        var text = new StringBuilder();
        for (var i = 0; i < Records; i++)
        {
            text.Append(template
                .Replace("{i}", i.ToString("x8", CultureInfo.InvariantCulture), StringComparison.Ordinal)
                .Replace("{u}", $"{i % 5000}", StringComparison.Ordinal)
                .Replace("{n}", $"{i % 300}", StringComparison.Ordinal)
                .Replace("{t}", $"2026-11-23T08:{i / 60 % 60:00}:{i % 60:00}", StringComparison.Ordinal));
            text.Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
