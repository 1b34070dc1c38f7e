using System.Diagnostics;
using System.Globalization;
using Klaviyo.Json;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Cases;

// Tables of cases, each asked in every way: over a history of lists, over a store by definition, kept current, and by explain.
public sealed class SegmentCaseTests
{
    private static IEnumerable<TestCaseData> All() =>
        EngineSegmentCases.Cases().Concat(EdgeSegmentCases.Cases()).Select(c => new TestCaseData(c).SetArgDisplayNames(c.Name));

    [TestCaseSource(nameof(All))]
    public void Case_OverAHistory_IsAnswered(object given)
    {
        var test = (SegmentCase)given;
        var segment = SegmentJson.Parse(test.Definition);
        var context = HistoryOf(test).At(test.T, AccountZone.Of(test.Zone));
        Assert.That(segment.Holds(context), Is.EqualTo(test.IsMember), test.Differs);
        Assert.That(SegmentJson.Parse(SegmentJson.Write(segment.Root)), Is.EqualTo(segment));
        var why = segment.Explain(context);
        Assert.That(why.Holds, Is.EqualTo(test.IsMember));
        if (why.NextFlip is { } flip)
        {
            Assert.That(segment.Holds(context with { At = flip.PlusMs(-1) }), Is.EqualTo(test.IsMember), "until the flip");
            Assert.That(segment.Holds(context with { At = flip }), Is.Not.EqualTo(test.IsMember), "at the flip");
        }
    }

    [TestCaseSource(nameof(All))]
    public async Task Case_InAStore_IsAnswered_AndKeptCurrent(object given)
    {
        var test = (SegmentCase)given;
        var clock = new FakeTimeProvider(test.T.ToDateTimeOffset());
        await using var database = await CustomerDatabase.OpenAsync("simulated", new CustomerDatabaseOptions
        {
            Files = new SimulatedFiles(seed: 1),
            Clock = clock,
            TimeZone = test.Zone,
            LogPageBytes = 64 << 10,
            LogSegmentBytes = 128 << 10,
            BackgroundSegments = false,
            BackgroundCheckpoints = false,
            RunBeside = AtOnce.Run,
        });
        var segment = SegmentJson.Parse(test.Definition);
        await database.DefineSegmentAsync("case", segment);
        await database.SegmentReadyAsync("case");
        await database.WriteAsync([.. test.Known.Select(test.Placed)]);

        var person = test.Known[0].Profile[0];
        Assert.That(database.IsMember(person, segment), Is.EqualTo(test.IsMember));
        Assert.That(database.IsMember(person, "case"), Is.EqualTo(test.IsMember), "kept current");
        Assert.That(database.CountSegment(segment), Is.EqualTo(test.IsMember ? 1 : 0), "scanned");
        Assert.That(database.ExplainSegment(person, segment)!.Member, Is.EqualTo(test.IsMember));
        if (database.ExplainSegment(person, segment)!.FlipsAt is { } flip && flip < Instant.Parse("2100-01-01"))
        {
            // Where nothing is written the change is at that very millisecond.
            clock.SetUtcNow(flip.PlusMs(-1).ToDateTimeOffset());
            Assert.That(database.IsMember(person, "case"), Is.EqualTo(test.IsMember));
            clock.SetUtcNow(flip.ToDateTimeOffset());
            await database.RunSegmentsAsync();
            Assert.That(database.SegmentChanges("case").Last(), Has.Property("At").EqualTo(flip).And.Property("Entered").EqualTo(!test.IsMember));
        }
    }

    // A list of 100,000 values is looked up and not walked through: for each of 100,000 people that would be ten thousand million steps.
    [Test]
    public void StringFilter_InAVeryLongList_IsLookedUp()
    {
        const int Count = 100_000;
        string[] values = [.. Enumerable.Range(0, Count).Select(i => i.ToString("x8", CultureInfo.InvariantCulture))];
        var (filter, none) = (new StringFilter(StringOperator.In, values), new StringFilter(StringOperator.NotIn, values));
        var text = values.Select(v => (PropertyValue)v).ToArray();
        Assert.That(text.Count(v => filter.Matches(v)), Is.EqualTo(Count));
        Assert.That(text.Count(v => none.Matches(v)), Is.Zero);
        Assert.That(filter.Matches("0000000g"), Is.False);
        Assert.That(none.Matches(PropertyValue.Null));
    }

    private static ListHistory HistoryOf(SegmentCase test)
    {
        var history = new ListHistory();
        foreach (var write in test.Known.Select(test.Placed))
        {
            var time = write.Time!.Value;
            _ = write switch
            {
                CustomerEvent happened => history.Did(happened.Metric, time, happened.Value ?? double.NaN, happened.Properties),
                ProfileWrite written => history.Has(written.Properties.AsSpan()[0].Key, written.Properties.AsSpan()[0].Value, time),
                ListWrite list => list.Member ? history.Joined(list.List, time) : history.Left(list.List, time),
                ConsentWrite consent => history.Said(consent.Channel, consent.Status, time, consent.Method),
                _ => throw new UnreachableException(),
            };
        }

        return history.Has("external_id", "1", history.Created);
    }
}
