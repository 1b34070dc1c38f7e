using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Oracle;

namespace Klaviyo.Tests.Storage.Database;

// Accounts and custom objects: profiles of another type, and their relations to people.
public sealed class ObjectTests
{
    private static readonly Instant Start = DatabaseFixture.Start;
    private static readonly Identifier Acme = Identifier.Object("account", "acme");

    [Test]
    public async Task WriteObject_IsReadAsOfAnInstant()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await store.Database.WriteObjectAsync("account", "acme", new PropertyMap { ["plan"] = "free" }, Hours(-2));
        await store.Database.WriteObjectAsync("account", "acme", new PropertyMap { ["plan"] = "pro" }, Hours(-1));
        Assert.That(store.Database.Object("account", "acme")!.Properties, Is.EqualTo(new PropertyMap { ["plan"] = "pro" }));
        Assert.That(store.Database.Object("account", "acme", Hours(-2))!.Properties["plan"].AsString(), Is.EqualTo("free"));
        Assert.That(store.Database.Object("account", "acme", Hours(-3)), Is.Null, "it did not exist yet");
        Assert.That(store.Database.Object("store", "acme"), Is.Null, "an id is one within its type");
        Assert.That(store.Database.PropertyHistory(Acme, "plan"), Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Objects_AreSeenByNoWalkOverProfiles()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 3);
        await store.Database.TrackAsync("email:a@b.c", "Placed Order", 1);
        await store.Database.TrackAsync(Acme, "Renewed", 5);
        await store.Database.WriteObjectAsync("store", "berlin");
        await store.ReopenAsync();
        var everyone = Klaviyo.Json.SegmentJson.Parse("""
            {"condition_groups":[{"conditions":[{"type":"profile-metric","metric_id":"x","measurement":"count",
            "measurement_filter":{"type":"numeric","operator":"equals","value":0},
            "timeframe_filter":{"type":"date","operator":"alltime"}}]}]}
            """);
        Assert.That(store.Database.Profiles().Count(), Is.EqualTo(1));
        Assert.That(store.Database.Stats().Profiles, Is.EqualTo(1));
        Assert.That(store.Database.CountSegment(everyone), Is.EqualTo(1));
        Assert.That(store.Database.MetricSeries("Renewed", TimeUnit.Day), Is.Empty);
        Assert.That(store.Database.Profile(Acme), Is.Null);
        Assert.That(store.Database.Objects("account").Select(o => o.Key), Is.EqualTo(new[] { "acme" }));
        Assert.That(store.Count(Acme, "Renewed"), Is.EqualTo(1), "events of an object are counted like those of a profile");
        Assert.That(store.Database.Object("account", "acme")!.Metrics["Renewed"].Sum, Is.EqualTo(5));
    }

    [Test]
    public async Task Relations_AreSeenFromBothSides_SinceAndUntil()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 3);
        await store.Database.RelateAsync("email:a@b.c", "account", "acme", "member", Hours(-5));
        await store.Database.UnrelateAsync("email:a@b.c", "account", "acme", "member", Hours(-3));
        await store.Database.RelateAsync("email:a@b.c", "account", "acme", "member", Hours(-1));
        await store.Database.RelateAsync("email:a@b.c", "account", "acme", "owner", Hours(1));
        await store.Database.RelateAsync("email:z@b.c", "account", "acme", "member", Hours(-4));
        var ofAda = store.Database.RelationHistory("email:a@b.c");
        Assert.That(ofAda.Select(r => (r.Name, r.Other, r.Since, r.Until)), Is.EqualTo(new[]
        {
            ("member", Acme, Hours(-5), (Instant?)Hours(-3)), ("member", Acme, Hours(-1), null),
        }));
        Assert.That(Members(store, Hours(-4)), Is.EqualTo(new[] { "a@b.c", "z@b.c" }));
        Assert.That(Members(store, Hours(-3)), Is.EqualTo(new[] { "z@b.c" }), "until is not included");
        Assert.That(Members(store, Hours(2)), Is.EquivalentTo(new[] { "a@b.c", "z@b.c" }));
        Assert.That(store.Database.Relations("email:a@b.c", asOf: Hours(2)).Select(r => r.Name), Is.EqualTo(new[] { "member", "owner" }));
    }

    [Test]
    public async Task Relation_OfAProfileThatIsMerged_IsThatOfTheDestination()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 3);
        await store.Database.RelateAsync("anonymous_id:device", "account", "acme", "member", Hours(-5));
        await store.Database.RelateAsync("email:a@b.c", "account", "acme", "member", Hours(-4));
        await store.Database.IdentifyAsync(["email:a@b.c", "anonymous_id:device"]);
        Assert.That(store.Database.Relations(Acme).Single().Other, Is.EqualTo((Identifier)"email:a@b.c"));
        Assert.That(store.Database.Relations("anonymous_id:device").Single().Since, Is.EqualTo(Hours(-5)));
    }

    [TestCase("consent")]
    [TestCase("list")]
    [TestCase("second identifier")]
    [TestCase("relation to an object")]
    [TestCase("relation to a profile")]
    [TestCase("relation without name")]
    [TestCase("consent by id")]
    [TestCase("identifier by id")]
    [TestCase("anonymous id by id")]
    public async Task Write_ThatAnObjectCannotTake_IsRefused(string what)
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var made = await store.Database.WriteObjectAsync("account", "acme");
        await store.Database.TrackAsync("anonymous_id:device", "m");
        var id = Identifier.Parse($"id:{made.Profile}");
        CustomerWrite write = what switch
        {
            "consent" => new ConsentWrite { Profile = [Acme], Channel = "sms", Status = ConsentStatus.Subscribed },
            "list" => new ListWrite { Profile = [Acme], List = "vip" },
            "second identifier" => new ProfileWrite { Profile = [Acme, "email:a@b.c"] },
            "relation to an object" => new RelationWrite { Profile = [Acme], Object = Identifier.Object("account", "b"), Name = "x" },
            "relation to a profile" => new RelationWrite { Profile = ["email:a@b.c"], Object = "email:z@b.c", Name = "x" },
            "relation without name" => new RelationWrite { Profile = ["email:a@b.c"], Object = Acme, Name = "" },
            "consent by id" => new ConsentWrite { Profile = [id], Channel = "sms", Status = ConsentStatus.Subscribed },
            "identifier by id" => new ProfileWrite { Profile = [id, "email:a@b.c"] },
            _ => new ProfileWrite { Profile = [id, "anonymous_id:device"] },
        };
        Assert.That((await store.Database.WriteAsync(write)).Rejection, Is.Not.Null);
        Assert.That((await store.Database.WriteAsync([write]))[0].Rejection, Is.Not.Null);
        Assert.That(store.Database.Stats().Profiles, Is.EqualTo(1), "what is refused creates nothing");
        Assert.That(store.Database.Relations(Acme), Is.Empty);
    }

    [Test]
    public async Task Erase_OfOneSide_TakesItsRelationsAway([Values(1, 3)] int lanes, [Values] bool compacts)
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.RelateAsync("email:a@b.c", "account", "acme", "member");
        await store.Database.RelateAsync("email:z@b.c", "account", "acme", "member");
        await store.Database.RelateAsync("email:z@b.c", "store", "berlin", "guest");
        await store.Database.EraseAsync("email:a@b.c");
        await store.Database.EraseAsync(Identifier.Object("store", "berlin"));
        if (compacts)
        {
            await store.Database.CompactAsync();
        }

        for (var life = 0; life < 2; life++)
        {
            Assert.That(store.Database.RelationHistory(Acme).Select(r => r.Other.Value), Is.EqualTo(new[] { "z@b.c" }));
            Assert.That(store.Database.RelationHistory("email:z@b.c").Select(r => r.Other), Is.EqualTo(new[] { Acme }));
            Assert.That(store.Database.Object("store", "berlin"), Is.Null);
            Assert.That(store.Database.Stats().Profiles, Is.EqualTo(1));
            Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
            var export = System.Text.Encoding.UTF8.GetString(await ExportRoundTripTests.ExportAsync(store.Database));
            Assert.That(export, Does.Not.Contain("email:a@b.c"));
            Assert.That(export, Does.Not.Contain("berlin"));
            await store.ReopenAsync();
        }
    }

    [Test]
    public async Task Merge_OfAnObject_IsRefused()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await store.Database.WriteObjectAsync("account", "acme");
        await store.Database.TrackAsync("email:a@b.c", "m");
        Assert.That((await store.Database.MergeAsync(Acme, "email:a@b.c")).Rejection, Is.Not.Null);
        Assert.That((await store.Database.MergeAsync("email:a@b.c", Acme)).Rejection, Is.Not.Null);
    }

    [Test]
    public async Task SegmentGroup_MakesTheAccountAndTheMember()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var line = """{"type":"group","userId":"1","groupId":"acme","traits":{"plan":"pro"},"messageId":"m","timestamp":"2026-11-01"}""";
        using var stream = new MemoryStream(System.Text.Encoding.UTF8.GetBytes(line));
        var result = await store.Database.ImportAsync(stream, new ImportOptions { Format = new SegmentFormat() });
        Assert.That((result.Accepted, result.Rejected, result.Profiles), Is.EqualTo((1, 0, 1)));
        Assert.That(store.Database.Object("account", "acme")!.Properties["plan"].AsString(), Is.EqualTo("pro"));
        Assert.That(store.Database.Relations("external_id:1").Single(), Has.Property("Name").EqualTo("member"));
        Assert.That(store.Count("external_id:1", "Joined Group"), Is.EqualTo(1));
    }

    [Test]
    public async Task Fork_HasRelationsFromBothSides_AndNeverOneSideOnly()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 3);
        for (var i = 0; i < 9; i++)
        {
            await store.Database.TrackAsync($"email:a{i}@b.c", "m");
        }

        var refused = 0;
        for (var i = 0; i < 9; i++)
        {
            var before = store.Database.Position.Addresses;
            await store.Database.RelateAsync($"email:a{i}@b.c", "account", "acme", "member");
            var after = store.Database.Position.Addresses;
            for (var lane = 0; lane < 3; lane++)
            {
                var mixed = new StorePosition(before.SetItem(lane, after[lane]));
                if (mixed.Addresses.SequenceEqual(before) || mixed.Addresses.SequenceEqual(after))
                {
                    continue;
                }

                await Assert.ThrowsAsync<ArgumentException>(() => store.Database.Store.ForkAsync(new SimulatedFiles(1), mixed, default));
                refused++;
            }
        }

        Assert.That(refused, Is.GreaterThan(2), "people of several lanes");
        var files = new SimulatedFiles(2);
        await store.Database.Store.ForkAsync(files, null, default);
        await using var fork = await DatabaseFixture.OpenAsync(files, store.Clock, lanes: 3);
        Assert.That(fork.Relations(Acme), Is.EqualTo(store.Database.Relations(Acme)).And.Count.EqualTo(9));
        Assert.That(fork.Relations("email:a4@b.c"), Is.EqualTo(store.Database.Relations("email:a4@b.c")));
    }

    private static Instant Hours(int hours) => Start.Plus(TimeSpan.FromHours(hours));

    private static IEnumerable<string> Members(DatabaseFixture store, Instant at) =>
        store.Database.Relations(Acme, "member", at).Select(r => r.Other.Value);
}
