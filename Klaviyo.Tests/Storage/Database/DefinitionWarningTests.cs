using Klaviyo.Json;

namespace Klaviyo.Tests.Storage.Database;

// What a definition names and the store does not know is told, and refuses nothing.
public sealed class DefinitionWarningTests
{
    private static readonly Identifier Ada = "email:ada@example.com";

    private static readonly TestCaseData[] Definitions =
    [
        new(When.Did("Placed Order"), Array.Empty<string>()),
        new(When.Did("Placd Order"), new[] { "unknown metric \"Placd Order\"; did you mean \"Placed Order\"?" }),
        new(When.Did("placed order"), new[] { "unknown metric \"placed order\"; did you mean \"Placed Order\"?" }),
        new(When.Did("Palced Order"), new[] { "unknown metric \"Palced Order\"; did you mean \"Placed Order\"?" }),
        new(When.Did("Refunded"), new[] { "unknown metric \"Refunded\"" }),
        new(When.DidNot("city"), new[] { "unknown metric \"city\"" }),
        new(When.In("newsleter"), new[] { "unknown list or segment \"newsleter\"; did you mean \"newsletter\"?" }),
        new(When.In("newsletter", "big spenders"), Array.Empty<string>()),
        new(When.In("Big Spenders"), new[] { "unknown list or segment \"Big Spenders\"; did you mean \"big spenders\"?" }),
        new(When.Property("ciyt").Is("Paris"), new[] { "unknown property \"ciyt\"; did you mean \"city\"?" }),
        new(When.Property("favourite colour").Is("red"), Array.Empty<string>()),
        new(When.Property("email").Is("a@b.c") | When.Property("phone_number").Is("+1"), Array.Empty<string>()),
        new(
            new RelatedObjectsCondition { ObjectType = "acount", Where = When.Did("Renewd") },
            new[] { "unknown object type \"acount\"; did you mean \"account\"?", "unknown metric \"Renewd\"; did you mean \"Renewed\"?" }),
        new(When.CanReceive("emial"), new[] { "unknown channel \"emial\"; did you mean \"email\"?" }),
        new(When.CanReceive("SMS"), new[] { "unknown channel \"SMS\"; did you mean \"sms\"?" }),
        new(When.CanReceive("pigeon"), new[] { "unknown channel \"pigeon\"" }),
        new(When.CanReceive("leter"), new[] { "unknown channel \"leter\"; did you mean \"letter\"?" }),
        new(When.CanReceive("email") | When.CanReceive("sms") | When.CanReceive("push") | When.CanReceive("whatsapp") | When.CanReceive("letter"), Array.Empty<string>()),
        new(Permitted("whatsapp_marketing") | Permitted("whatsapp_transactional"), Array.Empty<string>()),
        new(Permitted("whatsap_marketing"), new[] { "unknown channel \"whatsap_marketing\"; did you mean \"whatsapp_marketing\"?" }),
        new(!When.Did("Xyz") & When.In("zzz"), new[] { "unknown metric \"Xyz\"", "unknown list or segment \"zzz\"" }),
    ];

    [TestCaseSource(nameof(Definitions))]
    public async Task Definition_WithNamesThatNobodyKnows_IsKept_AndTold(Condition condition, string[] expected)
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 2);
        await store.Database.TrackAsync(Ada, "Placed Order");
        await store.Database.IdentifyAsync([Ada], new PropertyMap { ["city"] = "Paris" });
        await store.Database.WriteAsync(new ListWrite { Profile = [Ada], List = "newsletter" });
        await store.Database.WriteAsync(new ConsentWrite { Profile = [Ada], Channel = "letter", Status = ConsentStatus.Subscribed });
        await store.Database.RelateAsync(Ada, "account", "acme", "member");
        await store.Database.TrackAsync(Identifier.Object("account", "acme"), "Renewed");
        await store.Database.DefineSegmentAsync("big spenders", new SegmentDefinition(When.Did("Placed Order").Sum().MoreThan(1000)));
        await store.ReopenAsync();

        var definition = new SegmentDefinition(condition);
        Assert.That(store.Database.CheckSegment(definition).Select(w => w.ToString()), Is.EqualTo(expected));
        Assert.That((await store.Database.DefineSegmentAsync("new", definition)).Select(w => w.ToString()), Is.EqualTo(expected));
        Assert.That(store.Database.Segment("new"), Is.EqualTo(definition));
    }

    [Test]
    public async Task Metric_OfWhichEveryEventWasErased_IsNotKnown()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await store.Database.TrackAsync(Ada, "Placed Order");
        await store.Database.EraseAsync(Ada, suppress: false);
        var warning = store.Database.CheckSegment(SegmentJson.Parse(SegmentJson.Write(When.Did("Placed Order")))).Single();
        Assert.That(warning, Is.EqualTo(new DefinitionWarning("metric", "Placed Order", null)));
    }

    private static ProfilePermissionsCondition Permitted(string channel) => new() { Channel = channel, Reach = Reach.Reachable };
}
