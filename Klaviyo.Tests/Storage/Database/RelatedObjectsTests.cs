using Klaviyo.Json;
using Klaviyo.Tests.Faults;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Storage.Database;

// Segments that ask accounts, and segments that need data of the host, over a store.
public sealed class RelatedObjectsTests
{
    private static readonly Identifier Ada = Identifier.Email("ada@example.com");
    private static readonly Identifier Bob = Identifier.Email("bob@example.com");

    private static readonly SegmentDefinition OfBusyAccounts = SegmentJson.Parse("""
        {"type":"related-objects","object_type":"account","relation":"member","quantifier":"any","where":{"and":[
          {"type":"profile-property","property":"plan","filter":{"type":"string","operator":"equals","value":"pro"}},
          {"type":"profile-metric","metric_id":"Renewed","measurement":"count","measurement_filter":{"type":"numeric","operator":"greater-than","value":0},
           "timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":30}}]}}
        """);

    [TestCase(1)]
    [TestCase(3)]
    public async Task Segment_AsksTheAccounts_AlsoAfterReopening(int lanes)
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await store.Database.WriteObjectAsync("account", "acme", new PropertyMap { ["plan"] = "pro" });
        await store.Database.WriteObjectAsync("account", "zeta", new PropertyMap { ["plan"] = "free" });
        await store.Database.RelateAsync(Ada, "account", "acme", "member");
        await store.Database.RelateAsync(Bob, "account", "zeta", "member");
        await store.Database.RelateAsync(Bob, "account", "acme", "supplier");
        await store.Database.DefineSegmentAsync("busy", OfBusyAccounts);
        Assert.That(store.Database.CountSegment(OfBusyAccounts), Is.Zero);

        await store.Database.TrackAsync(Identifier.Object("account", "acme"), "Renewed", 5);
        await store.ReopenAsync();
        Assert.That(store.Database.SegmentMembers(OfBusyAccounts).Select(m => m.Email), Is.EqualTo(new[] { "ada@example.com" }));
        Assert.That(store.Database.IsMember(Ada, OfBusyAccounts), Is.True);
        Assert.That(store.Database.IsMember(Bob, OfBusyAccounts), Is.False);
        Assert.That(store.Database.Profile(Ada)!.Segments, Is.EqualTo(new[] { "busy" }));
        var why = store.Database.ExplainSegment(Ada, OfBusyAccounts)!;
        Assert.That(why.FlipsAt, Is.EqualTo(DatabaseFixture.Start.PlusMs(30L * 24 * 3_600_000)));
        Assert.That(why.Why.Parts.Single().Condition, Is.EqualTo("acme: all of"));

        await store.Database.UnrelateAsync(Ada, "account", "acme", "member");
        Assert.That(store.Database.CountSegment(OfBusyAccounts), Is.Zero);
    }

    [Test]
    public async Task SavedSegment_FindsPostalCodesInTheEnvironmentOfTheStore()
    {
        var near = SegmentJson.Parse("""
            {"type":"profile-postal-code-distance","country_code":"US","postal_code":"02110","unit":"miles","filter":{"type":"numeric","operator":"less-than","value":250}}
            """);
        var codes = PostalCodeTable.FromGeoNames(["US\t02110\tBoston\t\t\t\t\t\t\t42.36\t-71.05", "US\t10001\tNew York\t\t\t\t\t\t\t40.75\t-73.997"]);
        await using var database = await CustomerDatabase.OpenAsync("simulated", new CustomerDatabaseOptions
        {
            Files = new SimulatedFiles(seed: 1),
            Clock = new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset()),
            Environment = new DefinitionEnvironment { PostalCodes = codes },
        });
        await database.IdentifyAsync([Ada], new PropertyMap { ["location"] = new PropertyMap { ["country"] = "US", ["zip"] = "10001" } });
        await database.DefineSegmentAsync("near", near);
        Assert.That(database.Profile(Ada)!.Segments, Is.EqualTo(new[] { "near" }));
        Assert.That(database.IsMember(Ada, near), Is.False, "the definition at hand was read without postal codes");
        Assert.That(database.IsMember(Ada, database.Segment("near")!), Is.True);
    }
}
