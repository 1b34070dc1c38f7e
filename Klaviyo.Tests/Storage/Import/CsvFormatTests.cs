using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Storage.Import;

public sealed class CsvFormatTests
{
    private const string Retail = """
        {"profile":{"external_id":"CustomerID"},"time":{"column":"InvoiceDate","format":"M/d/yyyy H:mm","zone":"Europe/London"},
         "metric":"Ordered Product","value":"Quantity*UnitPrice","unique_id":["InvoiceNo","StockCode"],
         "properties":["Description","Country"],"profile_properties":["Country"],"skip_when":{"CustomerID":""}}
        """;

    private const string Header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

    [Test]
    public void Row_BecomesAnEvent()
    {
        var e = Imported.Event(
            Of(Retail),
            Header + "536365,85123A,\"HEART, white\",6,7/1/2011 8:26,2.50,17850,United Kingdom\r\n");
        Assert.That(Imported.Show(e), Is.EqualTo(
            "external_id:17850 Ordered Product at 2011-07-01T07:26:00.000Z value 15 id 536365|85123A "
            + """{"Description":"HEART, white","Country":"United Kingdom"} {"Country":"United Kingdom"}"""));
    }

    [Test]
    public void Row_ThatIsToBeSkipped_IsSkipped()
    {
        var items = Imported.Read(Of(Retail), Header + "1,A,x,6,7/1/2011 8:26,2.50,,UK\n2,A,x,6,bad,2.50,17850,UK\n");
        Assert.That(Imported.Outline(items), Is.EqualTo("2 skipped, 3 ! InvoiceDate"));
        Assert.That(items[0].IsSkipped && items[0].EndsRecord, Is.True);
    }

    [TestCase("""{"C":["x","y"]}""", "2 skipped, 3 skipped, 4 E")]
    [TestCase("""{"C":"x","K":"3"}""", "2 skipped, 3 E, 4 skipped")]
    public void SkipWhen_TakesSeveralTexts(string skip, string outline)
    {
        var items = Imported.Read(
            Of($$"""{"profile":{"external_id":"K"},"metric":"E","skip_when":{{skip}}}"""),
            "K,C\n1,x\n2,y\n3,z\n");
        Assert.That(Imported.Outline(items), Is.EqualTo(outline));
    }

    [TestCase("Quantity", 6.0)]
    [TestCase("Quantity * Unit Price", 15.0)]
    [TestCase("(Quantity-1)*Unit Price/2", 6.25)]
    [TestCase("-Quantity + 2*3", 0.0)]
    [TestCase("Quantity-2-1", 3.0)]
    [TestCase("A-B", 7.0)]
    [TestCase("A-B-1e1", -3.0)]
    [TestCase("10", 10.0)]
    [TestCase("Empty", null)]
    [TestCase("Quantity*Empty", null)]
    public void Value_IsComputed(string expression, double? value)
    {
        var e = Imported.Event(
            Of($$"""{"profile":{"external_id":"K"},"metric":"E","value":"{{expression}}"}"""),
            "K,Quantity,Unit Price,A-B,Empty\nk,6,2.5,7,\n");
        Assert.That(e.Value, Is.EqualTo(value));
    }

    [TestCase("Text*2", "Text")]
    [TestCase("1/Zero", "value")]
    public void Value_ThatIsNone_IsRefused(string expression, string field)
    {
        var format = Of($$"""{"profile":{"external_id":"K"},"metric":"E","value":"{{expression}}"}""");
        Assert.That(Imported.Refused(format, "K,Text,Zero\nk,\"1,5\",0\n").Field, Is.EqualTo(field));
    }

    // A number where the whole text is one as JSON writes it; else a string; an empty cell is no property.
    [TestCase("12", "12")]
    [TestCase("-0.5e3", "-500")]
    [TestCase("0", "0")]
    [TestCase("00123", "\"00123\"")]
    [TestCase("1.", "\"1.\"")]
    [TestCase(".5", "\".5\"")]
    [TestCase("+1", "\"\\u002B1\"")]
    [TestCase("1e", "\"1e\"")]
    [TestCase("1e999", "\"1e999\"")]
    [TestCase("NaN", "\"NaN\"")]
    [TestCase("12 ", "\"12 \"")]
    [TestCase("-", "\"-\"")]
    [TestCase("true", "\"true\"")]
    [TestCase("9007199254740993", "\"9007199254740993\"")]
    [TestCase("2026-01-01", "\"2026-01-01\"")]
    public void Property_IsANumberOrAString(string cell, string json)
    {
        var e = Imported.Event(
            Of("""{"profile":{"external_id":"K"},"metric":"E","properties":["P"]}"""),
            $"K,P\nk,{cell}\n");
        Assert.That(Imported.Show(e.Properties), Is.EqualTo($$"""{"P":{{json}}}"""));
    }

    [Test]
    public void Property_OfAnEmptyCell_IsMissing()
    {
        var e = Imported.Event(
            Of("""{"profile":{"external_id":"K"},"metric":"E","properties":["P","Q"]}"""),
            "K,P,Q\nk,,\"\"\n");
        Assert.That(e.Properties, Is.Empty);
    }

    [Test]
    public void Property_CanBeRenamedAndTyped()
    {
        var e = Imported.Event(
            Of("""
                {"profile":{"external_id":{"column":"K","integer":true},"email":"M"},"metric":{"column":"T"},
                 "properties":{"code":{"column":"P","text":true},"count":{"column":"K","integer":true},"raw":"K"},"unique_id":"P"}
                """),
            "K,P,M,T\n17850.0,22423,,Bought\n");

        Assert.That(Imported.Show(e), Is.EqualTo(
            """external_id:17850 Bought at  value  id 22423 {"code":"22423","count":17850,"raw":17850} {}"""));
    }

    [Test]
    public void Identifier_IsTheTextOfItsCell()
    {
        var e = Imported.Event(
            Of("""{"profile":{"external_id":"K","email":"M"},"metric":"E"}"""),
            "K,M\n17850.0, A@B.c\n");
        Assert.That(Imported.Names(e), Is.EqualTo("external_id:17850.0 email:a@b.c"));
    }

    [TestCase("7/1/2011 8:26", "M/d/yyyy H:mm", "Europe/London", "2011-07-01T07:26:00.000Z")]
    [TestCase("19970101", "yyyyMMdd", null, "1997-01-01T00:00:00.000Z")]
    [TestCase("2011-07-01 08:26:00", null, "Europe/London", "2011-07-01T07:26:00.000Z")]
    [TestCase("2011-07-01T08:26:00Z", null, "Europe/London", "2011-07-01T08:26:00.000Z")]
    [TestCase("2011-07-01", null, "America/New_York", "2011-07-01T04:00:00.000Z")]
    [TestCase("2011-07-01 08:26 +02:00", "yyyy-MM-dd HH:mm zzz", null, "2011-07-01T06:26:00.000Z")]
    // The clock skips 01:30 on that day, and shows it twice on this one.
    [TestCase("2011-03-27 01:30", "yyyy-MM-dd HH:mm", "Europe/London", "2011-03-27T01:00:00.000Z")]
    [TestCase("2011-10-30 01:30", "yyyy-MM-dd HH:mm", "Europe/London", "2011-10-30T00:30:00.000Z")]
    [TestCase("0001-01-01 00:00", "yyyy-MM-dd HH:mm", "Asia/Tokyo", "0001-01-01T00:00:00.000Z")]
    public void Time_IsReadInItsFormatAndZone(string cell, string? format, string? zone, string expected)
    {
        var parts = (format is null ? "" : $",\"format\":\"{format}\"") + (zone is null ? "" : $",\"zone\":\"{zone}\"");
        var e = Imported.Event(
            Of($$$"""{"profile":{"external_id":"K"},"metric":"E","time":{"column":"T"{{{parts}}}}}"""),
            $"K,T\nk,{cell}\n");
        Assert.That(e.Time.ToString(), Is.EqualTo(expected));
    }

    [TestCase("K,T\nk,\n", "T")]
    [TestCase("K,T\nk,31/12/2011\n", "T")]
    [TestCase("K,T\n,2011-01-01\n", "K")]
    [TestCase("K,T\nk,2011-01-01,\n", "")]
    [TestCase("K,T\nk\n", "")]
    [TestCase("K,T\n\"k\"x,2011-01-01\n", "")]
    public void BadRow_IsRefusedWithItsColumn(string text, string field)
    {
        var rejection = Imported.Refused(Of("""{"profile":{"external_id":"K"},"metric":"E","time":"T"}"""), text);
        Assert.That(rejection, Is.EqualTo(new Rejection(2, field, rejection.Reason)));
    }

    [Test]
    public void StrayQuote_TakesNoOtherRowWithIt()
    {
        var items = Imported.Read(Of("""{"profile":{"external_id":"K"},"metric":{"column":"E"}}"""), """
            K,E
            1,"A
            2,B
            3,"C"
            4,"D
            5,E
            """);
        Assert.That(Imported.Outline(items), Is.EqualTo("2 !, 3 B, 4 C, 5 !, 6 E"));
    }

    [Test]
    public void Rows_OverSeveralLines_HaveTheLineOnWhichTheyBegin()
    {
        var items = Imported.Read(
            Of("""{"profile":{"external_id":"K"},"metric":{"column":"E"}}"""),
            "K,E\n\n1,\"A\nB\"\n\r\n2,C\n3,D,\n");
        Assert.That(Imported.Outline(items), Is.EqualTo("3 A\nB, 6 C, 7 !"));
    }

    [Test]
    public void TextThatIsNotUtf8_IsRefusedAlone()
    {
        var items = Imported.Read(
            Of("""{"profile":{"external_id":"K"},"metric":"E","properties":["P"]}"""),
            [.. "K,P\n1,"u8, 0xE9, .. "\n2,é\n"u8]);
        Assert.That(Imported.Outline(items), Is.EqualTo("2 ! P, 3 E"));
    }

    [TestCase("tab", "K\tE\n1\tA\n")]
    [TestCase(";", "K;E\n1;A\n")]
    [TestCase("|", "K|E\n1|A\n")]
    [TestCase("whitespace", "  K    E\n 1\tA  \n")]
    public void Delimiter_CanBeAnother(string delimiter, string text)
    {
        var e = Imported.Event(
            Of($$$"""{"profile":{"external_id":"K"},"metric":{"column":"E"},"delimiter":"{{{delimiter}}}"}"""),
            text);
        Assert.That(e.Metric, Is.EqualTo("A"));
    }

    [Test]
    public void Rows_WithoutAMetric_AreProfiles()
    {
        var profile = Imported.Profile(
            Of("""{"profile":{"email":"M"},"time":"T","profile_properties":{"first_name":"F","age":"A"}}"""),
            "M,T,F,A\na@b.c,2026-01-01,Ada,36\n");
        Assert.That(
            Imported.Show(profile),
            Is.EqualTo("""email:a@b.c at 2026-01-01T00:00:00.000Z {"first_name":"Ada","age":36}"""));
    }

    [TestCase("", "")]
    [TestCase("K,E", "")]
    [TestCase("\uFEFFK,E\n1,A", "2 A")]
    public void Beginning_OfAFile(string text, string outline)
    {
        var items = Imported.Read(Of("""{"profile":{"external_id":"K"},"metric":{"column":"E"}}"""), text);
        Assert.That(Imported.Outline(items), Is.EqualTo(outline));
    }

    // InvoiceNo beginning with C is a cancellation; 135,080 of 541,909 lines have no customer: the data's own README.
    [Test]
    public void OnlineRetail_IsReadWhole()
    {
        using var file = File.OpenRead(SharedCases.Path("data", "online_retail.csv.gz"));
        var mapping = Retail
            .Replace("\"format\":\"M/d/yyyy H:mm\",", "", StringComparison.Ordinal)
            .Replace("\"CustomerID\"},", "{\"column\":\"CustomerID\",\"integer\":true}},", StringComparison.Ordinal);
        var items = Imported.Read(Of(mapping), file, batchSize: 4096);
        var events = items.Select(i => i.Write).OfType<CustomerEvent>().ToList();

        Assert.That(items, Has.Count.EqualTo(541_909));
        Assert.That(items.Count(i => i.IsSkipped), Is.EqualTo(135_080));
        Assert.That(items.Select(i => i.Rejection), Has.All.Null);
        Assert.That(events.Select(Imported.Names).Distinct().Count(), Is.EqualTo(4_372));
        Assert.That(events.Min(e => e.Time).ToString(), Is.EqualTo("2010-12-01T08:26:00.000Z"));
        Assert.That(events.Max(e => e.Time).ToString(), Is.EqualTo("2011-12-09T12:50:00.000Z"));
    }

    [Test]
    public void Cdnow_IsReadWhole()
    {
        using var file = File.OpenRead(SharedCases.Path("data", "CDNOW_sample.txt"));
        var items = Imported.Read(
            Of("""
                {"profile":{"external_id":"sample"},"time":{"column":"date","format":"yyyyMMdd"},"metric":"Bought","value":"dollars",
                 "properties":["cds"],"delimiter":"whitespace","header":["id","sample","date","cds","dollars"]}
                """),
            file);

        Assert.That(items, Has.Count.EqualTo(6_919));
        Assert.That(items.Select(i => i.Rejection), Has.All.Null);
        Assert.That(items.Select(i => Imported.Names(i.Write!)).Distinct().Count(), Is.EqualTo(2_357));
        Assert.That(items[0].Line, Is.EqualTo(1));
    }

    private static CsvFormat Of(string mapping) => new(CsvMapping.Parse(mapping));
}
