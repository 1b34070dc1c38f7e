using System.Text;
using System.Text.Json;
using Klaviyo.Storage.Import;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Storage.Import;

public sealed class CsvRowTests
{
    [Test]
    public void SpectrumFiles_ReadAsPublished()
    {
        var folder = Path.GetDirectoryName(SharedCases.Path("cases", "csv", "csvs", "simple.csv"))!;
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            var name = Path.GetFileNameWithoutExtension(file);
            var json = SharedCases.Json("cases", "csv", "json", $"{name}.json");

            // A file of one row is published as an object, not as a list of one.
            var rows = json.ValueKind == JsonValueKind.Array ? json.EnumerateArray().ToList() : [json];
            var expected = rows
                .Select(row => Show(row.EnumerateObject().Select(p => $"{p.Name}={p.Value.GetString()}")));

            // As published, this phone number differs between the two; everything else of the file agrees.
            var records = Records(File.ReadAllBytes(file))
                .Select(r => r.Replace("2095257564", "1234567890", StringComparison.Ordinal));
            Assert.That(records, Is.EqualTo(expected), name);
        }
    }

    [TestCase("a,b\n", "a|b")]
    [TestCase("a,b", "a|b")]
    [TestCase("a,b\r\n", "a|b")]
    [TestCase("a,b\r", "a|b")]
    [TestCase(",\n", "|")]
    [TestCase("a,\n", "a|")]
    [TestCase("\"a\",\"b\"\r\n", "a|b")]
    [TestCase("\"a\"\r", "a")]
    [TestCase("\"\"\n", "")]
    [TestCase("\"a\nb\",c\n", "a\nb|c")]
    [TestCase("\"a\r\nb\"\n", "a\r\nb")]
    [TestCase("\"\"\"\"\n", "\"")]
    [TestCase("\"a\"\"\"\"b\"", "a\"\"b")]
    [TestCase("a\"b,\"c\"\n", "a\"b|c")]
    [TestCase(" a , b \n", " a | b ")]
    public void Row_GivesItsFields(string text, string fields)
    {
        var row = new CsvRow((byte)',');
        Assert.That(row.Scan(Encoding.UTF8.GetBytes(text), isComplete: true), Is.EqualTo(CsvScan.Row));
        Assert.That(Show(Fields(row)), Is.EqualTo(fields));
        Assert.That(row.Length, Is.EqualTo(text.Length));
    }

    [TestCase("\n", nameof(CsvScan.Blank))]
    [TestCase("\r\n", nameof(CsvScan.Blank))]
    [TestCase("\"a\n", nameof(CsvScan.Malformed))]
    [TestCase("\"a\"b\n", nameof(CsvScan.Malformed))]
    [TestCase("\"a\" ,b\n", nameof(CsvScan.Malformed))]
    public void Row_ThatIsNone_IsTold(string text, string scan)
    {
        Assert.That(
            new CsvRow((byte)',').Scan(Encoding.UTF8.GetBytes(text), isComplete: true).ToString(),
            Is.EqualTo(scan));
    }

    [TestCase("a,b")]
    [TestCase("a,b\r")]
    [TestCase("\"a\"")]
    [TestCase("\"a\"\r")]
    [TestCase("\"a")]
    [TestCase("\"a\"\"")]
    [TestCase("a,")]
    public void Row_ThatMayGoOn_IsIncomplete(string text)
    {
        Assert.That(
            new CsvRow((byte)',').Scan(Encoding.UTF8.GetBytes(text), isComplete: false),
            Is.EqualTo(CsvScan.Incomplete));
    }

    [TestCase(" 00004 0001 19970101  2   29.33\r\n", "00004|0001|19970101|2|29.33")]
    [TestCase("a\tb \n", "a|b")]
    [TestCase("a", "a")]
    public void Blanks_SeparateFields(string text, string fields)
    {
        var row = new CsvRow(CsvRow.Whitespace);
        Assert.That(row.Scan(Encoding.UTF8.GetBytes(text), isComplete: true), Is.EqualTo(CsvScan.Row));
        Assert.That(Show(Fields(row)), Is.EqualTo(fields));
    }

    private static List<string> Records(byte[] text)
    {
        var row = new CsvRow((byte)',');
        var rest = text.AsMemory();
        string[]? header = null;
        var records = new List<string>();
        while (row.Scan(rest, isComplete: true) == CsvScan.Row)
        {
            var fields = Fields(row);
            if (header is not null)
            {
                records.Add(Show(fields.Select((f, i) => $"{header[i]}={f}")));
            }

            header ??= fields;
            rest = rest[row.Length..];
        }

        return records;
    }

    private static string[] Fields(CsvRow row) => [.. Enumerable.Range(0, row.Count).Select(i => row.Text(i)!)];

    private static string Show(IEnumerable<string> fields) => string.Join('|', fields);
}
