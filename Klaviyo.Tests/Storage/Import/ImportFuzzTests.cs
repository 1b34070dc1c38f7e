using System.Text;
using CsCheck;
using Klaviyo.Storage.Import;

namespace Klaviyo.Tests.Storage.Import;

// "Bad input is refused alone with the reason and its place (line, field), never the whole batch, never a crash."
// Method: sound lines, some of them damaged at random bytes; every line must come out as one record or more with its
// own line number, and the sound ones unchanged.
public sealed class ImportFuzzTests
{
    private const string SoundSegment = """{"type":"track","event":"Sound","userId":"u","properties":{"a":"b"}}""";
    private const string SoundKlaviyo = """{"type":"profile","attributes":{"external_id":"u","first_name":"Ada"}}""";
    private const string SoundRow = "u,Sound,12,2026-01-01";

    private static readonly string[] Segment =
    [
        """{"type":"track","event":"Order Completed","userId":"u1","timestamp":"2026-01-01T00:00:00Z","properties":{"revenue":1.5e2,"items":[{"sku":"é\u00e9\n"},null,true]}}""",
        """{"batch":[{"type":"page","anonymousId":"a"},{"type":"identify","userId":"u","traits":{"email":"a@b.c"}}],"context":{"ip":"::1"}}""",
        """{"type":"alias","previousId":"p","userId":"u"}""",
        """[{"type":"group","groupId":"g","userId":"u","traits":{"x":{"y":[1,2,3]}}}]""",
    ];

    private static readonly string[] Klaviyo =
    [
        """{"data":{"type":"event","attributes":{"properties":{"a":[1]},"value":9.5,"time":"2022-11-08T00:00:00+00:00","metric":{"data":{"type":"metric","attributes":{"name":"M"}}},"profile":{"data":{"type":"profile","attributes":{"email":"a@b.c"}}}}}}""",
        """{"data":{"type":"profile-bulk-import-job","attributes":{"profiles":{"data":[{"type":"profile","attributes":{"external_id":"a"}}]}},"relationships":{"lists":{"data":[{"type":"list","id":"L"}]}}}}""",
        """{"data":{"type":"event-bulk-create-job","attributes":{"events-bulk-create":{"data":[{"type":"event-bulk-create","attributes":{"profile":{"data":{"type":"profile","attributes":{"external_id":"p"}}},"events":{"data":[{"type":"event","attributes":{"metric":{"data":{"attributes":{"name":"A"}}}}}]}}}]}}}}""",
    ];

    private static readonly string[] Rows =
    [
        "17850.0,Order Completed,-1.5e3,2026-01-01T00:00:00Z",
        "\"a b\",\"x,y\",\"00123\",2026-01-01",
    ];

    private static readonly CsvFormat Csv = new(CsvMapping.Parse("""
        {"profile":{"external_id":"K"},"metric":{"column":"E"},"value":"V*2","time":"T","properties":["V","T"],"unique_id":["K","T"]}
        """));

    private static readonly Gen<(int At, byte Byte, int Kind)> Damage =
        Gen.Select(Gen.Int[0, 400], Gen.Byte, Gen.Int[0, 2]);

    [Test]
    public void DamagedSegmentLines_AreRefusedAlone() =>
        DamagedLinesAreRefusedAlone(new SegmentFormat(), [], SoundSegment, Segment);

    [Test]
    public void DamagedKlaviyoLines_AreRefusedAlone() =>
        DamagedLinesAreRefusedAlone(new KlaviyoFormat(), [], SoundKlaviyo, Klaviyo);

    // Without quotes: a damaged one may join two lines to one row, and rightly.
    [Test]
    public void DamagedRows_AreRefusedAlone() => DamagedLinesAreRefusedAlone(Csv, ["K,E,V,T"], SoundRow, Rows[..1]);

    [Test]
    public void AnyDamage_ThrowsNothing_AndKeepsLinesInOrder()
    {
        var texts = new (ImportFormat Format, string[] Lines)[]
        {
            (new SegmentFormat(), Segment), (new KlaviyoFormat(), Klaviyo), (Csv, ["K,E,V,T", .. Rows]),
            (new SegmentFormat(), ["[", string.Join(",\n", Segment), "]"]),
        };

        Gen.Select(Gen.Int[0, texts.Length - 1], Damage.Array[0, 6]).Sample((which, damages) =>
        {
            var (format, lines) = texts[which];
            var bytes = Encoding.UTF8.GetBytes(string.Join('\n', lines));
            bytes = damages.Aggregate(bytes, (b, d) => Damaged(b, d));
            if (format is CsvFormat && !bytes.AsSpan().StartsWith("K,E,V,T\n"u8))
            {
                // Another header is another file: the mapping does not fit it, and is told so.
                return true;
            }

            var at = Imported.Read(format, bytes).Select(i => i.Line).ToList();
            return at.SequenceEqual(at.Order()) && at.All(l => l >= 1 && l <= bytes.Count(b => b == '\n') + 1);
        });
    }

    private static void DamagedLinesAreRefusedAlone(ImportFormat format, string[] header, string sound, string[] lines)
    {
        var pick = Gen.Select(Gen.Int[0, lines.Length], Damage.Array[0, 4]);
        pick.Array[1, 8].Sample(picks =>
        {
            // The first message is always sound: it decides how the stream is cut.
            var texts = picks.Select(p => p.Item1 == lines.Length ? Line(sound, []) : Line(lines[p.Item1], p.Item2))
                .Prepend(Line(sound, []))
                .ToList();
            var bytes = header.Select(h => Line(h, [])).Concat(texts).SelectMany(t => (byte[])[.. t, (byte)'\n']).ToArray();
            var items = Imported.Read(format, bytes).ToLookup(i => i.Line);

            return items.All(i => i.Key > header.Length && i.Key <= header.Length + texts.Count)
                && texts.Index().All(t => IsAccounted([.. items[header.Length + t.Index + 1]], t.Item, sound, format is CsvFormat));
        });
    }

    private static bool IsAccounted(ImportItem[] items, byte[] line, string sound, bool isRow)
    {
        if (Encoding.UTF8.GetString(line) == sound)
        {
            return items is [{ Write: not null, EndsRecord: true }];
        }

        var isBlank = line.AsSpan().Trim(isRow ? "\r"u8 : " \t\r"u8).IsEmpty;
        var records = items.Count(i => i.EndsRecord);
        return items.All(i => !i.IsSkipped)
            && (isBlank ? items.Length == 0 : isRow ? records == 1 : records >= 1 && items[^1].EndsRecord);
    }

    // What is damaged stays one line.
    private static byte[] Line(string line, (int At, byte Byte, int Kind)[] damages)
    {
        return damages.Select(d => d with { Byte = d.Byte is (byte)'\n' or (byte)'"' ? (byte)'x' : d.Byte })
            .Aggregate(Encoding.UTF8.GetBytes(line), Damaged);
    }

    private static byte[] Damaged(byte[] bytes, (int At, byte Byte, int Kind) damage)
    {
        if (bytes.Length == 0)
        {
            return bytes;
        }

        var at = damage.At % bytes.Length;
        return damage.Kind switch
        {
            0 => [.. bytes[..at], damage.Byte, .. bytes[(at + 1)..]],
            1 => [.. bytes[..at], .. bytes[(at + 1)..]],
            _ => [.. bytes[..at], damage.Byte, .. bytes[at..]],
        };
    }
}
