using System.Globalization;
using System.IO.Compression;
using System.Text;
using CsCheck;
using Klaviyo.Storage.Import;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Storage.Import;

// "Nothing is made of bytes that the source does not hold": a gzip file that is cut off gives whole lines of its beginning, and is told.
// Method: a file with members of every kind is cut at each byte, and random ones anywhere.
public sealed class GzipImportTests
{
    private static readonly byte[] Empty = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    // Fixed and dynamic codes, stored bytes, nothing at all, and a header with an extra field, a name and a comment.
    private static readonly (byte[] Bytes, int Lines)[] Members =
    [
        (Member(Lines(0, 1), CompressionLevel.Optimal), 1),
        (Member(Lines(1, 8), CompressionLevel.SmallestSize), 9),
        (Empty, 9),
        (Member(Lines(9, 2), CompressionLevel.NoCompression), 11),
        (Named(Member(Lines(11, 1), CompressionLevel.Fastest)), 12),
        (Named(Empty), 12),
    ];

    private static readonly byte[] Whole = [.. Members.SelectMany(m => m.Bytes)];

    [Test]
    public async Task EveryCut_StoresWholeLinesOfTheBeginning_AndSaysThatTheDataEndsTooEarly([Values(0, 1, 3)] int pieces)
    {
        for (var cut = 1; cut <= Whole.Length; cut++)
        {
            var (stored, failure) = await ImportAsync(Whole[..cut], pieces);
            var (wholeMembers, end, lines) = (0, 0, 0);
            for (; wholeMembers < Members.Length && end + Members[wholeMembers].Bytes.Length <= cut; wholeMembers++)
            {
                end += Members[wholeMembers].Bytes.Length;
                lines = Members[wholeMembers].Lines;
            }

            Assert.That(stored, Is.GreaterThanOrEqualTo(lines), $"cut at {cut}");
            Assert.That(failure, Is.EqualTo(end == cut ? null : EndsTooEarly(stored)), $"cut at {cut}");
        }
    }

    [Test]
    public void RandomFile_CutAnywhere_StoresWholeLinesOfTheBeginning()
    {
        Gen.Select(Gen.Int[1, 60], Gen.Int[0, 3], Gen.Double[0, 1], Gen.Int[0, 1000]).Sample(
            (lines, level, place, first) =>
            {
                var bytes = Member(Lines(first, lines), (CompressionLevel)level);
                var cut = 1 + (int)(place * (bytes.Length - 2));
                var (stored, failure) = ImportAsync(bytes[..cut], pieces: 0, first).GetAwaiter().GetResult();
                return failure == EndsTooEarly(stored);
            },
            iter: 300);
    }

    [Test]
    public async Task ZerosBehindTheData_ArePadding([Values(1, 8, 600, 20_000)] int zeros, [Values(0, 1)] int pieces)
    {
        Assert.That(await ImportAsync([.. Whole, .. new byte[zeros]], pieces), Is.EqualTo((12, default(string))));
    }

    [Test]
    public async Task OtherBytesBehindTheData_AreTold([Values(0, 600, 20_000)] int zeros, [Values(0, 1)] int pieces)
    {
        byte[][] others = [.. zeros > 0 ? (byte[][])[Empty] : [], "x"u8.ToArray(), [.. "junk"u8, 0, 0], [0x1E, .. Empty]];
        foreach (var other in others)
        {
            Assert.That(
                await ImportAsync([.. Whole, .. new byte[zeros], .. other], pieces),
                Is.EqualTo((12, "Other bytes follow the gzip data. Records read and durable: 12.")));
        }
    }

    [Test]
    public async Task LinesThatGoOnInTheNextMember_AreRead([Values(0, 1)] int pieces)
    {
        var blocks = Lines(0, 12).Chunk(50).Select(block => Named(Member(block, CompressionLevel.Optimal)));
        Assert.That(await ImportAsync([.. blocks.SelectMany(b => b), .. Named(Empty)], pieces), Is.EqualTo((12, default(string))));
    }

    [Test]
    public async Task DamagedChecksum_IsTold()
    {
        var bytes = Member(Lines(0, 3), CompressionLevel.Optimal);
        bytes[^8] ^= 1;
        var (stored, failure) = await ImportAsync([.. bytes, .. Empty], pieces: 0);
        Assert.That(failure, Is.EqualTo($"The gzip data is damaged. Records read and durable: {stored}."));
    }

    private static string EndsTooEarly(int stored) =>
        string.Create(CultureInfo.InvariantCulture, $"The gzip data ends too early. Records read and durable: {stored}.");

    private static async Task<(int Stored, string? Failure)> ImportAsync(byte[] source, int pieces, int first = 0)
    {
        var (sink, reports) = (new RecordingSink(), new Reports());
        using var stream = pieces == 0 ? new MemoryStream(source) : (Stream)new ChunkedStream(source.Chunk(pieces));
        using var pump = new ImportPump(
            stream, sink, new ImportOptions { Format = new SegmentFormat(), Progress = reports }, new FakeTimeProvider());
        string? failure = null;
        try
        {
            await pump.RunAsync(CancellationToken.None);
        }
        catch (InvalidDataException told)
        {
            failure = told.Message;
        }

        var stored = sink.Applied.Cast<CustomerEvent>().Select(e => e.UniqueId).ToList();
        Assert.That(stored, Is.EqualTo(Enumerable.Range(first, stored.Count).Select(Id)), $"{source.Length} bytes");
        Assert.That(reports.Last.Rejected, Is.Zero, $"{source.Length} bytes");
        Assert.That(reports.Last.DurableRecords, Is.EqualTo(stored.Count), $"{source.Length} bytes");
        return (stored.Count, failure);
    }

    private static string Id(int line) => string.Create(CultureInfo.InvariantCulture, $"m{line}");

    private static byte[] Lines(int first, int count)
    {
        return Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(first, count).Select(i =>
            $$$"""{"type":"track","event":"E","userId":"u{{{i % 7}}}","messageId":"{{{Id(i)}}}","properties":{"x":{{{i * 7919 % 10007}}} }}""" + "\n")));
    }

    private static byte[] Member(byte[] content, CompressionLevel level)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, level))
        {
            gzip.Write(content);
        }

        return stream.ToArray();
    }

    // As bgzip and gzip write it.
    private static byte[] Named(byte[] member)
    {
        const byte ExtraNameAndComment = 4 | 8 | 16;
        return [.. member[..3], ExtraNameAndComment, .. member[4..10], 6, 0, .. "BC"u8, 2, 0, 27, 0, .. "a.log\0b\0"u8, .. member[10..]];
    }

    private sealed class Reports : IProgress<ImportProgress>
    {
        internal ImportProgress Last { get; private set; } = new();

        public void Report(ImportProgress value) => Last = value;
    }
}
