using System.Text;

namespace Klaviyo.Tests.Storage.Database;

// "Bad input is refused alone with the reason and its place, never the whole batch, never a crash": whatever is accepted is
// read back by the next opening.
public sealed class BadWriteTests
{
    [TestCase("77")]
    [TestCase("1")]
    [TestCase("Subscribed, Suppressed")]
    [TestCase("subscribed")]
    [TestCase("")]
    public async Task Import_OfAConsentWithAStatusThatIsNone_RefusesTheLine(string status)
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var lines = $$"""
            {"type":"consent","profile":"email:a@b.c","channel":"email","status":"{{status}}"}
            {"type":"event","profile":"email:b@b.c","metric":"after"}
            """;
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(lines));
        var result = await store.Database.ImportAsync(input, new ImportOptions { Format = new NdjsonFormat() });
        Assert.That((result.Accepted, result.Rejected), Is.EqualTo((1, 1)));
        Assert.That((result.FirstRejection!.Line, result.FirstRejection.Field), Is.EqualTo((1, "status")));
        await store.ReopenAsync();
        Assert.That(store.Count("email:b@b.c", "after"), Is.EqualTo(1));
    }

    [TestCase(77)]
    [TestCase(-1)]
    [TestCase(300)]
    public async Task Consent_WithAStatusThatIsNone_IsRefusedAlone(int status) =>
        await RefusesAloneAsync(Consent with { Status = (ConsentStatus)status }, "status");

    [TestCaseSource(nameof(Bad))]
    public async Task Write_ThatCannotBeStored_IsRefusedAlone(string field, CustomerWrite bad) => await RefusesAloneAsync(bad, field);

    [Test]
    public async Task Batch_WithoutAWriteAtAPlace_RefusesItAlone()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var results = await store.Database.WriteAsync([Event("before@b.c"), null!, Event("after@b.c")]);
        Assert.That(results.Select(r => r.Accepted), Is.EqualTo(new[] { true, false, true }));
    }

    // Large ones are encoded ahead on another thread.
    [Test]
    public async Task Batch_OfManyWithBadOnes_RefusesThemAlone()
    {
        CustomerWrite[] bad =
        [
            null!,
            new CustomerEvent { Profile = ["email:a@b.c"], Metric = null! },
            new CustomerEvent { Profile = null!, Metric = "m" },
            new CustomerEvent { Profile = ["email:a@b.c"], Metric = "m", Properties = null! },
            new CustomerEvent { Profile = ["email:a@b.c"], Metric = "m", UniqueId = "u\ud83d" },
            new CustomerEvent { Profile = ["email:a@b.c"], Metric = "m", Properties = new PropertyMap { ["p"] = "v\ud83d" } },
            new CustomerEvent { Profile = ["email:a@b.c"], Metric = "m", ProfileProperties = new PropertyMap { ["p"] = "v\ud83d" } },
            new ListWrite { Profile = ["email:a@b.c"], List = Long(200 << 10) },
        ];
        await using var store = await DatabaseFixture.OpenAsync();
        CustomerWrite[] batch = [.. Enumerable.Range(0, 400).Select(i => i % 40 == 39 ? bad[i / 40 % bad.Length] : Event($"p{i}@b.c"))];
        for (var round = 0; round < 2; round++)
        {
            var results = await store.Database.WriteAsync(batch);
            Assert.That(results.Select(r => r.Accepted), Is.EqualTo(batch.Select((_, i) => i % 40 != 39)));
        }

        Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
        await store.CrashAsync();
        Assert.That(store.Database.Stats().Events, Is.EqualTo(2 * 390));
    }

    [Test]
    public async Task Import_OfALineThatIsTooLong_RefusesItAlone()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var name = Long(5 << 20);
        var lines = $$"""
            {"type":"event","profile":"email:b@b.c","metric":"before"}
            {"type":"list","profile":"email:a@b.c","list":"{{name}}","member":true}
            {"type":"consent","profile":"email:a@b.c","channel":"email","status":"Subscribed","method":"{{name}}"}
            {"type":"consent","profile":"email:a@b.c","channel":"{{name}}","status":"Subscribed"}
            {"type":"event","profile":"email:b@b.c","metric":"after"}
            """;
        using var input = new MemoryStream(Encoding.UTF8.GetBytes(lines));
        using var rejects = new MemoryStream();
        var result = await store.Database.ImportAsync(input, new ImportOptions { Format = new NdjsonFormat(), Rejects = rejects });
        Assert.That((result.Accepted, result.Rejected), Is.EqualTo((2, 3)));
        Assert.That(rejects.Length, Is.GreaterThan(0));
        Assert.That(store.Count("email:b@b.c", "after"), Is.EqualTo(1));
    }

    // A page of the log is 64 KiB here.
    [Test]
    public async Task Event_LargerThanAPageOfTheLog_LeavesNothing()
    {
        await RefusesAloneAsync(
            new CustomerEvent
            {
                Profile = ["email:a@b.c"],
                Metric = "two",
                Properties = new PropertyMap { ["s"] = Long(90_000) },
                ProfileProperties = new PropertyMap { ["p"] = 1 },
            },
            "properties.s");
    }

    [Test]
    public async Task Event_ThatJustFitsAPageOfTheLog_IsStored()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        for (var length = 65_300; length < 65_600; length++)
        {
            var sent = new CustomerEvent { Profile = ["email:a@b.c"], Metric = "m", Properties = new PropertyMap { ["s"] = Long(length) } };
            var result = await store.Database.WriteAsync(sent);
            Assert.That(result.Accepted || result.Rejection!.Field == "properties.s");
        }

        Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task Texts_WithCharactersOfTwoUnits_AreKept()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var sent = new CustomerEvent
        {
            Profile = [Identifier.ExternalId("\ud83d\ude00")],
            Metric = "\ud83d\ude00",
            UniqueId = "\ud83d\ude00",
            Properties = new PropertyMap { ["\ud83d\ude00"] = "x\ud83d\ude00y" },
        };
        Assert.That((await store.Database.WriteAsync(sent)).Accepted);
        await store.ReopenAsync();
        Assert.That(store.Database.Events(sent.Profile[0]).Events.Single().Properties, Is.EqualTo(sent.Properties));
    }

    private static IEnumerable<TestCaseData> Bad()
    {
        var many = new List<Identifier> { "email:a@b.c" };
        many.AddRange(Enumerable.Range(0, 100_000).Select(i => Identifier.AnonymousId($"anonymous-{i}")));
        var sent = new CustomerEvent { Profile = ["email:a@b.c"], Metric = "m" };
        var relation = new RelationWrite { Profile = ["email:a@b.c"], Object = Identifier.Object("company", "c"), Name = "n" };
        var list = new ListWrite { Profile = ["email:a@b.c"], List = "l" };
        yield return Of("profile", sent with { Profile = null! }, "no profile");
        yield return Of("profile", new ProfileWrite { Profile = many }, "too many identifiers");
        yield return Of("metric", sent with { Metric = null! }, "no metric");
        yield return Of("metric", sent with { Metric = "m\ud83d" }, "half a character in the metric");
        yield return Of("unique_id", sent with { UniqueId = "\ude00u" }, "half a character in the unique id");
        yield return Of("unique_id", sent with { UniqueId = Long(90_000) }, "a unique id larger than a page");
        yield return Of("properties", sent with { Properties = null! }, "no properties");
        yield return Of("profile_properties", sent with { ProfileProperties = null! }, "no profile properties");
        yield return Of("properties", new ProfileWrite { Profile = ["email:a@b.c"], Properties = null! }, "no properties of a profile");
        yield return Of("properties", With(new PropertyMap { ["n\ud83d"] = 1, ["n\ud83e"] = 2 }), "half a character in a name");
        yield return Of("properties.n", With(new PropertyMap { ["n"] = "\ude00\ud83d" }), "half a character in a text");
        yield return Of("properties.n[0].m", With(new PropertyMap { ["n"] = new PropertyValue[] { new PropertyMap { ["m"] = "\ud83d" } } }), "half a character deep down");
        yield return Of("properties.n[0]", With(new PropertyMap { ["n"] = new PropertyValue[] { new PropertyMap { ["\ud83d"] = 1 } } }), "half a character in a name deep down");
        yield return Of("properties.n[6543]", With(new PropertyMap { ["n"] = Enumerable.Repeat((PropertyValue)1e300, 200_000).ToArray() }), "too many numbers");
        yield return Of("profile_properties.n", sent with { ProfileProperties = new PropertyMap { ["n"] = "\ud83d" } }, "half a character in a property of the profile");
        yield return Of("list", list with { List = null! }, "no list");
        yield return Of("list", list with { List = "" }, "an empty list");
        yield return Of("list", list with { List = Long(200 << 10) }, "a long list");
        yield return Of("list", list with { List = "l\ud83d" }, "half a character in a list");
        yield return Of("channel", Consent with { Channel = null! }, "no channel");
        yield return Of("channel", Consent with { Channel = Long(5 << 20) }, "a long channel");
        yield return Of("channel", Consent with { Channel = "\ud83d" }, "half a character in a channel");
        yield return Of("method", Consent with { Method = null! }, "no method");
        yield return Of("method", Consent with { Method = Long(5 << 20) }, "a long method");
        yield return Of("method", Consent with { Method = "\ud83d" }, "half a character in a method");
        yield return Of("name", relation with { Name = "\ud83d" }, "half a character in a relation");

        CustomerEvent With(PropertyMap properties) => sent with { Properties = properties };
        static TestCaseData Of(string field, CustomerWrite bad, string what) => new TestCaseData(field, bad).SetArgDisplayNames(what);
    }

    private static string Long(int length) => new('x', length);

    private static ConsentWrite Consent { get; } =
        new() { Profile = ["email:a@b.c"], Channel = "email", Status = ConsentStatus.Subscribed };

    // By itself and in a batch; what stands around it is stored, and verify and the next opening find just that.
    private static async Task RefusesAloneAsync(CustomerWrite bad, string field)
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var alone = await store.Database.WriteAsync(bad);
        Assert.That(alone.Rejection?.Field, Is.EqualTo(field));
        var results = await store.Database.WriteAsync([Event("before@b.c"), bad, Event("after@b.c")]);
        Assert.That(results.Select(r => r.Accepted), Is.EqualTo(new[] { true, false, true }));
        Assert.That((results[1].Rejection!.Line, results[1].Rejection!.Field), Is.EqualTo((2, field)));
        Assert.That(store.Database.Profile("email:a@b.c"), Is.Null, "what is refused creates nothing");
        Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
        await store.CrashAsync();
        Assert.That(store.Database.Stats().Profiles, Is.EqualTo(2));
    }

    private static CustomerEvent Event(string email) => new() { Profile = [Identifier.Email(email)], Metric = "m" };
}
