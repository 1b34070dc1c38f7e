using System.Text.Json;
using Klaviyo.Json;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.House;

// Every example of docs/segments.md is a definition, and every type of condition has an example.
public sealed class SegmentDocsTests
{
    private static readonly DocPage Page = new("segments.md");

    [Test]
    public void EveryDefinition_IsReadWrittenAndEvaluated()
    {
        var blocks = Page.Blocks("json").ToList();
        Assert.That(blocks, Has.Count.GreaterThan(20));
        foreach (var block in blocks)
        {
            var segment = SegmentJson.Parse(block);
            Assert.That(SegmentJson.Parse(SegmentJson.Write(segment.Root)), Is.EqualTo(segment), block);
            var context = new ListHistory(created: Instant.Parse("2026-01-01")).At("2026-11-23");
            Assert.That(segment.Explain(context).Holds, Is.EqualTo(segment.Holds(context)), block);
        }
    }

    [Test]
    public void EveryFilter_IsRead()
    {
        foreach (var block in Page.Blocks("json filter"))
        {
            using var document = JsonDocument.Parse(block);
            Assert.That(() => FilterJson.Parse(new DefinitionNode(document.RootElement, "$", inFlow: false)), Throws.Nothing, block);
        }
    }

    [Test]
    public void EveryType_HasAnExample()
    {
        var refused = Assert.Throws<DefinitionException>(() => SegmentJson.Parse("""{"type":"no such type"}"""))!;
        var types = refused.Reason.Split(": ")[1].Split(", ").Where(t => !t.EndsWith("(in flows)", StringComparison.Ordinal)).ToList();
        var examples = string.Concat(Page.Blocks("json"));
        Assert.That(types, Has.Count.GreaterThan(15));
        Assert.That(types.Where(t => !examples.Contains($"\"type\": \"{t}\"", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void TheSentenceInCSharp_IsACondition()
    {
        var vip = When.Property("location['city']").Is("New York")
            & When.Did("Placed Order").Where("Country").Is("US").Sum().MoreThan(1000).InTheLast(30, TimeUnit.Day)
            & !When.In("staff");
        Assert.That(new SegmentDefinition(vip).Dependencies.Groups, Is.EquivalentTo("staff".Split(' ')));
    }

    [Test]
    public async Task WhatIsKeptCurrent_RunsAsItStands()
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var (database, stop) = (fixture.Database, CancellationToken.None);
        Condition vip = When.Did("Placed Order").InTheLast(30, TimeUnit.Day);
        Identifier ada = "email:ada@example.com";
        var (aMonthAgo, position, last) = (DatabaseFixture.Start, database.Position, (ProfileId?)null);
        await database.DefineSegmentAsync("newsletter", new SegmentDefinition(vip));
        await database.TrackAsync(ada, "Placed Order");

        await database.DefineSegmentAsync("vip", new SegmentDefinition(vip));
        await database.SegmentReadyAsync("vip");

        bool isVip = database.IsMember(ada, "vip");                      // looks at a bit
        long count = database.CountSegment("vip");
        var page = database.SegmentMembers("vip", after: last, limit: 100);
        var perDay = database.SegmentHistory("vip", from: aMonthAgo);    // members at the end of each day
        long both = database.SegmentOverlap("vip", "newsletter");

        await foreach (var change in database.SegmentChangesAsync("vip", from: position, stop))
        {
            // To the millisecond. Keep change.Next, and go on from there after a restart.
            Console.WriteLine($"{change.Profile} {(change.Entered ? "entered" : "left")} at {change.At}");
            break;
        }

        Assert.That((isVip, count, page.Count, perDay[^1].Members, both), Is.EqualTo((true, 1, 1, 1, 1)));
    }

    [Test]
    public async Task WhatIsMisspelled_IsToldAsItStands()
    {
        await using var fixture = await DatabaseFixture.OpenAsync();
        var database = fixture.Database;
        await database.TrackAsync("email:ada@example.com", "Placed Order");
        var warnings = await database.DefineSegmentAsync("buyers", new SegmentDefinition(When.Did("Placd Order")));
        Console.WriteLine(warnings[0]);   // unknown metric "Placd Order"; did you mean "Placed Order"?
        Assert.That($"{warnings.Single()}", Is.EqualTo("unknown metric \"Placd Order\"; did you mean \"Placed Order\"?"));
    }

    [Test]
    public void EveryBlockOfCSharp_StandsInATest()
    {
        Page.AssertCSharpStandsIn(typeof(SegmentDocsTests));
    }
}
