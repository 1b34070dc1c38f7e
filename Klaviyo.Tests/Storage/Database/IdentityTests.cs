namespace Klaviyo.Tests.Storage.Database;

// The sentences of the contract under "Identity", one test each.
[TestFixture(1)]
[TestFixture(3)]
public sealed class IdentityTests(int lanes)
{
    [Test]
    public async Task Write_SeveralIdentifiersOfOneProfile_AddsTheNewOnes()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.IdentifyAsync(["external_id:1"]);
        await store.Database.IdentifyAsync(["external_id:1", "email:Ada@Example.com "]);
        await store.Database.TrackAsync("email:ada@example.com", "Placed Order", 10);
        Assert.That(store.Count("external_id:1", "Placed Order"), Is.EqualTo(1));
        Assert.That(store.Database.Stats().Profiles, Is.EqualTo(1));
    }

    [Test]
    public async Task Write_AnonymousAndKnown_MergesTheAnonymousIntoTheKnown()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.TrackAsync("anonymous_id:device", "Viewed Product");
        await store.Database.TrackAsync("email:ada@example.com", "Placed Order", 10);
        var before = store.Database.Profile("email:ada@example.com")!.Id;
        await store.Database.IdentifyAsync(["anonymous_id:device", "email:ada@example.com"]);
        Assert.That(store.Count("email:ada@example.com", "Viewed Product"), Is.EqualTo(1));
        Assert.That(store.Count("anonymous_id:device", "Placed Order"), Is.EqualTo(1));
        Assert.That(store.Database.Profile("anonymous_id:device")!.Id, Is.EqualTo(before));
        Assert.That(store.Database.Stats().Profiles, Is.EqualTo(1));
    }

    [Test]
    public async Task Write_TwoKnownProfiles_GoesToTheStrongestAndReportsTheConflict()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.IdentifyAsync(["external_id:1"]);
        await store.Database.IdentifyAsync(["email:bob@example.com"]);
        var sent = new CustomerEvent { Profile = ["email:bob@example.com", "external_id:1"], Metric = "Placed Order" };
        var result = await store.Database.WriteAsync(sent);
        Assert.That(result.Conflict, Is.EqualTo(Identifier.Email("bob@example.com")));
        Assert.That(store.Count("external_id:1", "Placed Order"), Is.EqualTo(1));
        Assert.That(store.Count("email:bob@example.com", "Placed Order"), Is.Zero);
        Assert.That(store.Database.Stats().Profiles, Is.EqualTo(2));
    }

    [Test]
    public async Task Merge_DestinationsPropertiesWin_SourceFillsGaps()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        var later = DatabaseFixture.Start.Plus(TimeSpan.FromHours(-1));
        var earlier = DatabaseFixture.Start.Plus(TimeSpan.FromHours(-2));
        await store.Database.IdentifyAsync(["anonymous_id:d"], new() { ["city"] = "Rome", ["plan"] = "gold" }, later);
        await store.Database.IdentifyAsync(["email:a@b.c"], new() { ["city"] = "Paris" }, earlier);
        await store.Database.IdentifyAsync(["anonymous_id:d", "email:a@b.c"]);
        var merged = store.Database.Profile("email:a@b.c")!.Properties;
        Assert.That(merged["city"], Is.EqualTo((PropertyValue)"Paris"));
        Assert.That(merged["plan"], Is.EqualTo((PropertyValue)"gold"));

        await store.Database.IdentifyAsync(["anonymous_id:d"], new() { ["city"] = "Oslo" });
        Assert.That(store.Database.Profile("email:a@b.c")!.Properties["city"], Is.EqualTo((PropertyValue)"Oslo"));
    }

    [Test]
    public async Task Write_AnonymousIdOfAnotherPerson_DoesNotJoinTwoPeople()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.IdentifyAsync(["anonymous_id:shared", "external_id:ada"]);
        var result = await store.Database.IdentifyAsync(["anonymous_id:shared", "external_id:bob"]);
        Assert.That(result.Conflict, Is.EqualTo(Identifier.AnonymousId("shared")));
        Assert.That(store.Database.Stats().Profiles, Is.EqualTo(2));
        Assert.That(store.Database.Profile("anonymous_id:shared")!.Identifiers, Does.Contain(Identifier.ExternalId("ada")));
    }

    [Test]
    public async Task Merge_UniqueIdOfTheSource_IsADuplicateForTheDestination()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        var first = await store.Database.TrackAsync("anonymous_id:d", "Placed Order", 5, uniqueId: "o-1");
        await store.Database.IdentifyAsync(["anonymous_id:d", "email:a@b.c"]);
        await store.Database.IdentifyAsync(["external_id:9"]);
        await store.Database.IdentifyAsync(["anonymous_id:e", "external_id:9"]);
        var second = await store.Database.TrackAsync("email:a@b.c", "Placed Order", 7, uniqueId: "o-1");
        var other = await store.Database.TrackAsync("email:a@b.c", "Refunded Order", 7, uniqueId: "o-1");
        Assert.That((second.Duplicate, second.Event), Is.EqualTo((true, first.Event)));
        Assert.That(other.Duplicate, Is.False, "once per profile AND metric");
    }

    [Test]
    public async Task Write_ToTheInternalId_GoesToThatProfile()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        var id = (await store.Database.IdentifyAsync(["external_id:1"])).Profile;
        await store.Database.TrackAsync($"id:{id}", "Placed Order");
        Assert.That(store.Count("external_id:1", "Placed Order"), Is.EqualTo(1));
        var unknown = await store.Database.TrackAsync("id:0000000zzz", "Placed Order");
        Assert.That(unknown.Rejection!.Field, Is.EqualTo("profile"));
        Assert.That(store.Database.Stats().Profiles, Is.EqualTo(1));
    }

    [Test]
    public async Task Email_AsIdentifierOrProperty_IsOneAddress()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.IdentifyAsync(["external_id:1", "email:Ada@Example.com"], new() { ["email"] = " Ada@Example.com" });
        Assert.That(store.Database.Profile("external_id:1")!.Properties["email"], Is.EqualTo((PropertyValue)"ada@example.com"));
        await store.ReopenAsync();
        Assert.That(store.Database.Profile("email:ADA@example.com")!.Properties["email"], Is.EqualTo((PropertyValue)"ada@example.com"));
    }

    [Test]
    public async Task Identifier_AsAProperty_DoesNotDependOnTheOrderOfArrival()
    {
        var early = DatabaseFixture.Start.Plus(TimeSpan.FromDays(-9));
        var late = DatabaseFixture.Start.Plus(TimeSpan.FromDays(-1));
        foreach (var times in new[] { new[] { early, late }, [late, early] })
        {
            await using var store = await DatabaseFixture.OpenAsync(lanes);
            await store.Database.TrackAsync("external_id:1", "Placed Order", time: times[0]);
            await store.Database.TrackAsync("external_id:1", "Placed Order", time: times[1]);
            var between = store.Database.Profile("external_id:1", early.Plus(TimeSpan.FromDays(4)))!;
            Assert.That(between.Properties["external_id"], Is.EqualTo((PropertyValue)"1"));
        }
    }

    [Test]
    public async Task Identify_AnAddressAmongTheProperties_IsAnIdentifierToo()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.IdentifyAsync(["external_id:1"], new() { ["email"] = "X@y.com", ["phone_number"] = "none" });
        Assert.That(store.Database.Profile("email:x@y.com")!.Identifiers, Does.Contain(Identifier.ExternalId("1")));
    }

    [Test]
    public async Task Merge_SurvivesReopeningAndLostCheckpoints()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.TrackAsync("anonymous_id:d", "Viewed Product");
        await store.Database.IdentifyAsync(["anonymous_id:d", "email:a@b.c"]);
        await store.ReopenAsync();
        Assert.That(store.Count("email:a@b.c", "Viewed Product"), Is.EqualTo(1));
        await store.CrashAsync();
        Assert.That(store.Count("email:a@b.c", "Viewed Product"), Is.EqualTo(1));
        Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
    }

    // Between lanes there is no order of arrival, so of two addresses the tree of merges decides: in whichever lanes they are.
    [Test]
    public async Task Email_OfTwoSources_IsThatOfTheOneMergedFirst()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        for (var i = 0; i < 12; i++)
        {
            await store.Database.IdentifyAsync([$"email:late{i}@x.y"]);
            await store.Database.IdentifyAsync([$"email:early{i}@x.y"]);
            await store.Database.IdentifyAsync([$"external_id:{i}"]);
            await store.Database.MergeAsync($"email:early{i}@x.y", $"external_id:{i}");
            await store.Database.MergeAsync($"email:late{i}@x.y", $"external_id:{i}");
        }

        await AssertEmailsAsync(store, "early");
    }

    [Test]
    public async Task Email_GivenToTheDestination_WinsOverOneGivenLaterThroughTheSource()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        for (var i = 0; i < 12; i++)
        {
            await store.Database.IdentifyAsync([$"external_id:{i}"]);
            await store.Database.IdentifyAsync([$"external_id:source{i}"]);
            await store.Database.MergeAsync($"external_id:source{i}", $"external_id:{i}");
            await store.Database.IdentifyAsync([$"external_id:{i}", $"email:first{i}@x.y"]);
            await store.Database.IdentifyAsync([$"external_id:{i}", $"email:own{i}@x.y"]);
            await store.Database.IdentifyAsync([$"external_id:source{i}", $"email:through{i}@x.y"]);
        }

        await AssertEmailsAsync(store, "own");
    }

    private static async Task AssertEmailsAsync(DatabaseFixture store, string expected)
    {
        for (var opening = 0; opening < 3; opening++)
        {
            var emails = Enumerable.Range(0, 12).Select(i => store.Database.Profile($"external_id:{i}")!.Properties["email"]);
            Assert.That(emails, Is.EqualTo(Enumerable.Range(0, 12).Select(i => (PropertyValue)$"{expected}{i}@x.y")));
            await (opening == 0 ? store.CrashAsync() : store.ReopenAsync());
        }

        Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
    }
}
