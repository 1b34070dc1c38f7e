using System.IO.Compression;
using System.Text;
using Klaviyo.Storage.Import;

namespace Klaviyo.Tests.Storage.Import;

public sealed class ImportReaderTests
{
    private const string SegmentText = """
        {"type":"track","event":"Größe","userId":"u1","properties":{"a":"b\nc","d":[1,2]}}

        {"type":"track","event":"Bad"
        {"type":"identify","userId":"u2","traits":{"email":"a@b.c"}}
        """;

    private const string ArrayText = """
        [ {"type":"track","event":"A]\"{","userId":"u1"},
          {"type":"track", "event":"B",
           "userId":"u2"}, 7 ]
        """;

    private const string CsvText = "K,E,P\r\n1,\"A\r\n\"\"B\"\"\",é\r\n2,\"C\"x,y\r\n\r\n3,D,\"\"\r\n";

    private static readonly CsvFormat Csv =
        new(CsvMapping.Parse("""{"profile":{"external_id":"K"},"metric":{"column":"E"},"properties":["P"]}"""));

    private static readonly object[] Texts =
    [
        new object[] { new SegmentFormat(), SegmentText },
        new object[] { new SegmentFormat(), SegmentText.ReplaceLineEndings("\r\n") },
        new object[] { new SegmentFormat(), ArrayText },
        new object[] { new SegmentFormat(), $$"""{"batch":{{ArrayText}}}""" },
        new object[] { new KlaviyoFormat(), """{"data":{"type":"profile","attributes":{"email":"a@b.c"}}}""" },
        new object[] { Csv, CsvText },
    ];

    [TestCaseSource(nameof(Texts))]
    public void Stream_InAnyTwoPieces_GivesTheSameItems(ImportFormat format, string text)
    {
        var bytes = Encoding.UTF8.GetBytes("\uFEFF" + text);
        var expected = Shown(format, new MemoryStream(bytes));
        for (var i = 0; i <= bytes.Length; i++)
        {
            Assert.That(
                Shown(format, new ChunkedStream([bytes[..i], bytes[i..]])),
                Is.EqualTo(expected),
                $"cut at {i}");
            Assert.That(
                Shown(format, new ChunkedStream([bytes[..i], bytes[i..]], isLate: true)),
                Is.EqualTo(expected),
                $"late at {i}");
        }
    }

    [TestCaseSource(nameof(Texts))]
    public void Stream_ByteByByte_GivesTheSameItems(ImportFormat format, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var stream = new ChunkedStream(bytes.Select(b => new[] { b }), isLate: true);
        Assert.That(Shown(format, stream), Is.EqualTo(Shown(format, new MemoryStream(bytes))));
    }

    [TestCaseSource(nameof(Texts))]
    public void Stream_Compressed_GivesTheSameItems(ImportFormat format, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Assert.That(
            Shown(format, new MemoryStream(Compressed(bytes))),
            Is.EqualTo(Shown(format, new MemoryStream(bytes))));
    }

    [Test]
    public void Stream_OfSeveralCompressedParts_IsReadWhole()
    {
        byte[] parts = [.. Compressed("K,E,P\n1,A,\n"u8.ToArray()), .. Compressed("2,B,\n"u8.ToArray())];
        Assert.That(Imported.Outline(Imported.Read(Csv, parts)), Is.EqualTo("2 A, 3 B"));
    }

    [Test]
    public async Task Stream_ThatIsDamagedGzip_Throws_AfterWhatWasReadBefore()
    {
        var text = string.Concat(Enumerable.Range(0, 200_000).Select(i => $"{i},A{i},\n"));
        var bytes = Compressed(Encoding.UTF8.GetBytes("K,E,P\n" + text));
        await using var reader = Open(Csv, new MemoryStream(bytes[..(bytes.Length / 2)]));
        var batch = new ImportBatch(4096, keepsInput: false);

        Assert.That(await reader.ReadAsync(batch, CancellationToken.None), Is.True);
        Assert.That(
            async () =>
            {
                while (await reader.ReadAsync(batch, CancellationToken.None))
                {
                }
            },
            Throws.InstanceOf<InvalidDataException>());
    }

    [Test]
    public async Task SlowSource_GetsItsRecordsHandedOver()
    {
        var pipe = new System.IO.Pipelines.Pipe();
        await using var reader = Open(new SegmentFormat(), pipe.Reader.AsStream());
        var batch = new ImportBatch(4096, keepsInput: false);
        for (var i = 0; i < 3; i++)
        {
            var line = $$"""{"type":"track","event":"E{{i}}","userId":"u"}""" + "\n";
            await pipe.Writer.WriteAsync(Encoding.UTF8.GetBytes(line));
            Assert.That(await reader.ReadAsync(batch, CancellationToken.None), Is.True);
            Assert.That(Imported.Outline(batch.Items.ToArray()), Is.EqualTo($"{i + 1} E{i}"));
        }

        await pipe.Writer.CompleteAsync();
        Assert.That(await reader.ReadAsync(batch, CancellationToken.None), Is.False);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(100)]
    public async Task Batch_HoldsNoMoreThanItsSize(int size)
    {
        var text = string.Concat(Enumerable.Range(0, 250).Select(i => $"{i},E{i},\n"));
        await using var reader = Open(Csv, new MemoryStream(Encoding.UTF8.GetBytes("K,E,P\n" + text)));
        var batch = new ImportBatch(size, keepsInput: true);
        var count = 0;
        while (await reader.ReadAsync(batch, CancellationToken.None))
        {
            Assert.That(batch.Count, Is.InRange(1, size));
            for (var i = 0; i < batch.Count; i++, count++)
            {
                Assert.That(Encoding.UTF8.GetString(batch.InputOf(i)).TrimEnd(), Is.EqualTo($"{count},E{count},"));
            }
        }

        Assert.That(count, Is.EqualTo(250));
    }

    [Test]
    public void Line_LongerThanTheBuffer_IsRead()
    {
        var text = new string(' ', 3 << 20);
        var items = Imported.Read(
            new SegmentFormat(),
            $$"""{"type":"track",{{text}}"event":"E","userId":"u"}""" + "\n7");
        Assert.That(Imported.Outline(items), Is.EqualTo("1 E, 2 !"));
    }

    [Test]
    public void Line_ThatHasNoEnd_IsRefusedAlone()
    {
        var bytes = new byte[ImportReader.DocumentBytesMax + (3 << 20)];
        Array.Fill(bytes, (byte)'x');
        var last = "\n{\"type\":\"track\",\"event\":\"E\",\"userId\":\"u\"}"u8;
        last.CopyTo(bytes.AsSpan(bytes.Length - last.Length));
        Assert.That(Imported.Outline(Imported.Read(new SegmentFormat(), bytes)), Is.EqualTo("1 !, 2 E"));
    }

    [Test]
    public void Row_WithoutAnEnd_IsRefusedAlone()
    {
        var rows = string.Concat(Enumerable.Range(0, 600_000).Select(i => $"{i},E,\n"));
        var items = Imported.Read(
            Csv,
            new MemoryStream(Encoding.UTF8.GetBytes("K,E,P\n0,\"E,\n" + rows)),
            batchSize: 4096);
        Assert.That(items, Has.Count.EqualTo(600_001));
        Assert.That(items.Count(i => i.Rejection is not null), Is.EqualTo(1));
        Assert.That(items[^1].Line, Is.EqualTo(600_002));
    }

    [Test]
    public void SourceBytes_AreThoseOfTheSource()
    {
        var bytes = Compressed(Encoding.UTF8.GetBytes(SegmentText));
        var input = new ImportInput(new MemoryStream(bytes));
        Assert.That(input.BytesTotal, Is.EqualTo(bytes.Length));
        Assert.That(new ImportInput(new ChunkedStream([])).BytesTotal, Is.Null);
    }

    [TestCase("""{"type":"track","userId":"u"}""", typeof(SegmentFormat))]
    [TestCase("""[{"anonymousId":"u",""", typeof(SegmentFormat))]
    [TestCase("""{"batch":[""", typeof(SegmentFormat))]
    [TestCase("""{"data":{"type":"event",""", typeof(KlaviyoFormat))]
    [TestCase("""{"type":"profile","attributes":{""", typeof(KlaviyoFormat))]
    [TestCase("InvoiceNo,StockCode\n", null)]
    [TestCase("", null)]
    public void Detect_KnowsJsonByItsNames(string start, Type? format)
    {
        Assert.That(ImportFormat.Detect(Encoding.UTF8.GetBytes(start))?.GetType(), Is.EqualTo(format));
    }

    private static ImportReader Open(ImportFormat format, Stream stream) =>
        format.CreateReader(new ImportInput(stream), backfill: false);

    private static string Shown(ImportFormat format, Stream stream) =>
        string.Join('\n', Imported.Read(format, stream).Select(Imported.Show));

    private static byte[] Compressed(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return stream.ToArray();
    }
}
