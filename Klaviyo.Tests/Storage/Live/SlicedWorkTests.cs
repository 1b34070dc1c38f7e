using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Storage.Live;

// Work that takes long is cut into slices, between which writers get their turn: here each slice is over at once.
public sealed class SlicedWorkTests
{
    private static readonly Identifier Ada = "email:ada@example.com";
    private static readonly SegmentDefinition Buyers = new(When.Did("Placed Order").InTheLast(30, TimeUnit.Day));

    // It flips at the 30th, and is looked at at ten instants before.
    private static readonly SegmentDefinition Often =
        new(When.Did("Placed Order").InTheLast(30, TimeUnit.Day) | When.Did("Viewed").InTheLast(9, TimeUnit.Day));

    [Test]
    public async Task Segments_BuiltAndLeftByTime_OneProfileASlice_AreRight([Values(1, 3)] int lanes)
    {
        var clock = new BusyClock(DatabaseFixture.Start);
        await using var database = await DatabaseFixture.OpenAsync(new SimulatedFiles(1), clock, lanes);
        for (var i = 0; i < 200; i++)
        {
            await database.TrackAsync(Identifier.ExternalId($"p{i}"), "Placed Order", time: DatabaseFixture.Start.PlusMs(-i * 1000));
        }

        await database.DefineSegmentAsync("buyers", Buyers);
        await database.SegmentReadyAsync("buyers");
        Assert.That(database.CountSegment("buyers"), Is.EqualTo(200));

        clock.Now = DatabaseFixture.Start.Plus(TimeSpan.FromDays(30)).PlusMs(-100_000);
        await database.RunSegmentsAsync();
        Assert.That(database.CountSegment("buyers"), Is.EqualTo(100));
        Assert.That(
            database.SegmentChanges("buyers").Where(c => !c.Entered).Select(c => c.At).Order(),
            Is.EqualTo(Enumerable.Range(100, 100).Select(i => DatabaseFixture.Start.PlusMs(-i * 1000).Plus(TimeSpan.FromDays(30))).Order()));
    }

    [Test]
    public async Task Explain_WhileAnotherWrites_IsOfTheProfileAlone()
    {
        var (clock, database) = await ViewedAsync();
        await using var _ = database;
        clock.Meanwhile = () => database.Store.Apply(new CustomerEvent { Profile = ["email:bob@example.com"], Metric = "Placed Order" });
        var why = database.ExplainSegment(Ada, Often)!;
        Assert.That((why.Member, why.FlipsAt, why.NoFlipBefore), Is.EqualTo((true, (Instant?)DatabaseFixture.Start.Plus(TimeSpan.FromDays(30)), (Instant?)null)));
        Assert.That(clock.Meanwhile, Is.Null, "The other has written.");
    }

    [Test]
    public async Task Explain_WhileTheProfileIsWrittenTo_BeginsAnew()
    {
        var (clock, database) = await ViewedAsync();
        await using var _ = database;
        clock.Now = DatabaseFixture.Start.PlusMs(5000);
        clock.Meanwhile = () => database.Store.Apply(new CustomerEvent { Profile = [Ada], Metric = "Placed Order", Time = DatabaseFixture.Start.PlusMs(3000) });
        var why = database.ExplainSegment(Ada, Often)!;
        Assert.That(why.FlipsAt, Is.EqualTo(DatabaseFixture.Start.PlusMs(3000).Plus(TimeSpan.FromDays(30))));
        Assert.That(why.Why.Parts[0].Evidence, Has.Count.EqualTo(2));
    }

    [Test]
    public async Task Explain_WhileTheProfileIsWrittenToAgainAndAgain_SaysHowFarItCame()
    {
        var (clock, database) = await ViewedAsync();
        await using var _ = database;
        clock.Now = DatabaseFixture.Start.PlusMs(5000);
        WriteAgain();
        var why = database.ExplainSegment(Ada, Often)!;
        clock.Meanwhile = null;
        Assert.That((why.Member, why.FlipsAt), Is.EqualTo((true, (Instant?)null)));
        Assert.That(why.NoFlipBefore, Is.GreaterThanOrEqualTo(why.At));

        void WriteAgain()
        {
            clock.Meanwhile = () =>
            {
                database.Store.Apply(new CustomerEvent { Profile = [Ada], Metric = "Viewed" });
                WriteAgain();
            };
        }
    }

    private static async Task<(BusyClock Clock, CustomerDatabase Database)> ViewedAsync()
    {
        var clock = new BusyClock(DatabaseFixture.Start);
        var database = await DatabaseFixture.OpenAsync(new SimulatedFiles(1), clock);
        await database.TrackAsync(Ada, "Placed Order");
        for (var i = 0; i < 10; i++)
        {
            await database.TrackAsync(Ada, "Viewed", time: DatabaseFixture.Start.PlusMs(-i * 1000));
        }

        return (clock, database);
    }
}
