namespace Klaviyo.Tests.Storage.Import;

public sealed class CsvMappingTests
{
    [TestCase("nonsense", "$")]
    [TestCase("[]", "$")]
    [TestCase("{}", "$.profile")]
    [TestCase("""{"profile":{}}""", "$.profile")]
    [TestCase("""{"profile":"K"}""", "$.profile")]
    [TestCase("""{"profile":{"E-Mail":"K"}}""", "$.profile.E-Mail")]
    [TestCase("""{"profile":{"email":""}}""", "$.profile.email")]
    [TestCase("""{"profile":{"email":7}}""", "$.profile.email")]
    [TestCase("""{"profile":{"email":{"col":"K"}}}""", "$.profile.email.col")]
    [TestCase("""{"profile":{"email":{"integer":true}}}""", "$.profile.email")]
    [TestCase("""{"profile":{"email":{"column":"K","integer":"yes"}}}""", "$.profile.email.integer")]
    [TestCase("""{"profile":{"email":"K"},"metrics":"E"}""", "$.metrics")]
    [TestCase("""{"profile":{"email":"K"},"metric":""}""", "$.metric")]
    [TestCase("""{"profile":{"email":"K"},"value":"V"}""", "$.value")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","time":{"format":"d"}}""", "$.time.column")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","time":{"column":"T","zone":"Mars"}}""", "$.time.zone")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","time":{"column":"T","fmt":"d"}}""", "$.time.fmt")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","delimiter":",,"}""", "$.delimiter")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","delimiter":"\""}""", "$.delimiter")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","header":[1]}""", "$.header[0]")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","skip_when":["K"]}""", "$.skip_when")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","skip_when":{"K":null}}""", "$.skip_when.K")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","properties":[""]}""", "$.properties[0]")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","properties":{"":"K"}}""", "$.properties")]
    [TestCase("""{"profile":{"email":"K"},"metric":"\ud800"}""", "$.metric")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","profile":{"email":"L"}}""", "$.profile")]
    public void Mapping_ThatCannotMeanAnything_IsRefused(string json, string path)
    {
        Assert.That(
            () => CsvMapping.Parse(json),
            Throws.TypeOf<DefinitionException>().With.Property("Path").EqualTo(path));
    }

    [TestCase("""{"profile":{"email":"X"},"metric":"E"}""", "$.profile.email")]
    [TestCase("""{"profile":{"email":"K"},"metric":{"column":"X"}}""", "$.metric")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","time":{"column":"X"}}""", "$.time.column")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","unique_id":["K","X"]}""", "$.unique_id[1]")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","properties":{"p":"X"}}""", "$.properties.p")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","skip_when":{"X":""}}""", "$.skip_when.X")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","value":"X"}""", "$.value")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","value":"K*"}""", "$.value")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","value":"K L"}""", "$.value")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","value":"(K"}""", "$.value")]
    [TestCase("""{"profile":{"email":"K"},"metric":"E","value":""}""", "$.value")]
    public void Mapping_ThatNamesAColumnThatIsNotThere_IsRefused(string json, string path)
    {
        var format = new CsvFormat(CsvMapping.Parse(json));
        Assert.That(
            () => Imported.Read(format, "K,L\na@b.c,1\n"),
            Throws.TypeOf<DefinitionException>().With.Property("Path").EqualTo(path)
                .And.Message.Contains("K, L").Or.Message.Contains("expected"));
    }

    [Test]
    public void Value_NestedTooDeep_IsRefused()
    {
        var format = new CsvFormat(CsvMapping.Parse(
            $$"""{"profile":{"email":"K"},"metric":"E","value":"{{new string('(', 100_000)}}"}"""));
        Assert.That(() => Imported.Read(format, "K\na@b.c\n"), Throws.TypeOf<DefinitionException>());
    }

    [Test]
    public void Mapping_IsEqual_WhereItsTextIs()
    {
        const string Json = """{"profile":{"email":"K"}}""";
        var format = new CsvFormat(CsvMapping.Parse(Json));
        Assert.That(format, Is.EqualTo(new CsvFormat(CsvMapping.Parse(Json))));
        Assert.That(CsvMapping.Parse(Json), Is.Not.EqualTo(CsvMapping.Parse("""{"profile":{"email":"L"}}""")));
    }
}
