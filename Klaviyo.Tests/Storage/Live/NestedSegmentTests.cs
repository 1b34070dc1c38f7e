using System.Globalization;
using Klaviyo.Json;
using Klaviyo.Tests.Storage.Database;

namespace Klaviyo.Tests.Storage.Live;

// Segments that ask for segments.
public sealed class NestedSegmentTests
{
    private const string Birthday = """{"type":"profile-property","property":"born","filter":{"type":"date","operator":"anniversary"}}""";

    [Test]
    public async Task Define_InACircle_IsRefusedWithTheWay()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await store.Database.DefineSegmentAsync("a", new SegmentDefinition(When.In("b")));
        await store.Database.DefineSegmentAsync("b", new SegmentDefinition(When.In("c")));
        Assert.That(
            async () => await store.Database.DefineSegmentAsync("c", new SegmentDefinition(When.Did("m") & When.In("a"))),
            Throws.InstanceOf<DefinitionException>().With.Message.Contains("a → b → c"));
    }

    // As deep as is allowed it works; one deeper is refused, whether it is put on the top or in between.
    [Test]
    public async Task Define_DeeperThanIsAllowed_IsRefused_AndWritesGoOn()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var database = store.Database;
        await database.DefineSegmentAsync("s1", new SegmentDefinition(When.Did("m")));
        var lately = new RelativeDateFilter(RelativeDateOperator.InTheLast, 10, TimeUnit.Day);
        for (var i = 2; i <= 32; i++)
        {
            await database.DefineSegmentAsync(Name(i), new SegmentDefinition(When.In(Name(i - 1)) with { Joined = lately }));
        }

        await database.DefineSegmentAsync("below", new SegmentDefinition(When.Did("m")));
        Assert.That(
            async () => await database.DefineSegmentAsync("s33", new SegmentDefinition(When.In("s32"))),
            Throws.InstanceOf<DefinitionException>().With.Message.Contains("32 deep"));
        Assert.That(
            async () => await database.DefineSegmentAsync("s1", new SegmentDefinition(When.In("below"))),
            Throws.InstanceOf<DefinitionException>().With.Message.Contains("the segment 's32'"));
        await database.SegmentReadyAsync("s32");
        await database.TrackAsync("email:a@b.c", "m");
        Assert.That(database.IsMember("email:a@b.c", "s32"), Is.True);
        await store.CrashAsync();
        Assert.That(store.Database.CountSegment(new SegmentDefinition(When.In("s32"))), Is.EqualTo(1));
    }

    [Test]
    public async Task Explain_ShowsTheRulesOfThoseThatAreAskedFor_ThreeDeep()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var database = store.Database;
        await database.DefineSegmentAsync("s0", new SegmentDefinition(When.Did("m")));
        for (var i = 1; i < 4; i++)
        {
            await database.DefineSegmentAsync(Name(i), new SegmentDefinition(When.In(Name(i - 1)) & !When.In("list")));
        }

        var bought = (await database.TrackAsync("email:a@b.c", "m")).Event;
        var part = database.ExplainSegment("email:a@b.c", new SegmentDefinition(When.In("s2")))!.Why;
        for (var i = 2; i >= 0; i--)
        {
            Assert.That(part.Condition, Does.EndWith($"is in '{Name(i)}'"));
            var rule = part.Parts.Single();
            Assert.That((rule.Holds, rule.Condition.StartsWith($"'{Name(i)}': ", StringComparison.Ordinal)), Is.EqualTo((true, true)));
            part = i > 0 ? rule.Parts[0] : rule;
        }

        Assert.That(part.Evidence.Select(e => (EventId?)e.Id), Is.EqualTo([bought]));
        var deep = database.ExplainSegment("email:a@b.c", new SegmentDefinition(When.In("s3")))!.Why;
        Assert.That(deep.Parts[0].Parts[0].Parts[0].Parts[0].Parts[0].Parts[0].Parts, Is.Empty, "the fourth");
    }

    // Each asks twice for the one before.
    [Test]
    public async Task Define_ThatComesToMoreConditionsThanAreAllowed_IsRefused()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var database = store.Database;
        await database.DefineSegmentAsync("s0", new SegmentDefinition(When.Did("m")));
        var made = 0;
        Assert.That(
            async () =>
            {
                for (; made < 31; made++)
                {
                    var before = When.In(Name(made));
                    await database.DefineSegmentAsync(Name(made + 1), new SegmentDefinition((before & When.Did("x")) | !before));
                }
            },
            Throws.InstanceOf<DefinitionException>().With.Message.Contains("conditions"));
        Assert.That(made, Is.GreaterThan(10));
        await database.TrackAsync("email:a@b.c", "m");
        Assert.That(database.CountSegment(Name(made)), Is.EqualTo(database.CountSegment(database.Segment(Name(made))!)));
    }

    // They come again for ever, and so does since when one is in a segment of them.
    [TestCase("""{"type":"profile-group-membership","is_member":true,"group_ids":["birthday"]}""")]
    [TestCase("""{"type":"profile-group-membership","is_member":true,"group_ids":["birthday"],"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":7}}""")]
    [TestCase("""{"type":"profile-property","property":"born","filter":{"type":"date","operator":"anniversary"},"has_been":{"operator":"at-least","unit":"hour","quantity":2}}""")]
    public async Task Explain_OverAnniversariesThatDecideNothing_Ends(string condition)
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var database = store.Database;
        await database.WriteAsync([new ProfileWrite
        {
            Profile = ["email:a@b.c"],
            Properties = new PropertyMap { ["born"] = "1990-05-17", ["plan"] = "free" },
            Time = DatabaseFixture.Start.PlusMs(-86_400_000L),
        }]);
        await database.DefineSegmentAsync("birthday", SegmentJson.Parse(Birthday));
        await database.SegmentReadyAsync("birthday");
        var gold = When.Property("plan").Is("gold");
        var why = database.ExplainSegment("email:a@b.c", new SegmentDefinition(SegmentJson.Parse(condition).Root & gold))!;
        Assert.That((why.Member, why.FlipsAt, why.NoFlipBefore), Is.EqualTo((false, (Instant?)null, (Instant?)null)));
        var alone = database.ExplainSegment("email:a@b.c", SegmentJson.Parse(condition))!;
        Assert.That(alone.FlipsAt?.ToString(), Does.StartWith("2027-05-17"));
    }

    // An identifier has no time: the profile has it since it is there.
    [Test]
    public async Task HasBeen_OfAnIdentifier_CountsFromTheProfilesBeginning()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var database = store.Database;
        await database.TrackAsync("email:a@b.c", "m");
        var definition = SegmentJson.Parse("""
            {"type":"profile-property","property":"email","filter":{"type":"existence","operator":"is-set"},"has_been":{"operator":"at-least","unit":"day","quantity":30}}
            """);
        var why = database.ExplainSegment("email:a@b.c", definition)!;
        Assert.That((why.Member, why.FlipsAt), Is.EqualTo((false, (Instant?)DatabaseFixture.Start.PlusMs(30L * 86_400_000))));
    }

    private static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"s{number}");
}
