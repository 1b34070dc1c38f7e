using System.Text;
using Klaviyo.Json;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Records;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Support;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Storage.Live;

// A segment whose evaluation throws, or whose definition cannot be read, is alone with it: writes, other segments and openings go on.
public sealed class FailingSegmentTests
{
    private static readonly Identifier Ada = "email:ada@example.com";
    private static readonly Identifier Bob = "email:bob@example.com";

    private static readonly SegmentDefinition Buyers = new(When.Did("Placed Order").InTheLast(30, TimeUnit.Day));

    [Test]
    public async Task Evaluation_ThatThrows_EndsTheSegmentAlone([Values(1, 3)] int lanes)
    {
        var (codes, files, clock) = (new HostCodes(), new SimulatedFiles(1), NewClock());
        await using var database = await OpenAsync(files, clock, codes, lanes);
        await DefineAsync(database, codes);
        await database.IdentifyAsync([Ada], HostCodes.InNewYork);
        Assert.That(database.IsMember(Ada, "near"), Is.True);

        codes.Fail = true;
        await database.IdentifyAsync([Bob], HostCodes.InNewYork);
        await database.TrackAsync(Bob, "Placed Order");

        Assert.That(database.IsMember(Bob, "buyers"), Is.True);
        Assert.That(database.CountSegment("buyers"), Is.EqualTo(1));
        Assert.That(database.SegmentStatus("buyers")!.Fault, Is.Null);
        foreach (var name in (string[])["near", "far"])
        {
            var status = database.SegmentStatus(name)!;
            Assert.That(status.IsReady, Is.False);
            Assert.That(status.Fault, Does.Contain("could not be evaluated for the profile").And.Contain("US 10001").And.Contain("no such file"));
            Assert.That(() => database.CountSegment(name), Throws.InvalidOperationException.With.Message.Contains("no such file"));
            Assert.That(async () => await database.SegmentReadyAsync(name), Throws.InvalidOperationException.With.Message.Contains(name));
        }

        Assert.That(database.Profile(Bob)!.Segments, Is.EqualTo(new[] { "buyers" }));
    }

    [Test]
    public async Task Evaluation_ThatThrew_IsTriedAgain_WithTheNextOpening([Values(1, 3)] int lanes, [Values] bool fromLog)
    {
        var (codes, files, clock) = (new HostCodes(), new SimulatedFiles(1), NewClock());
        await using (var database = await OpenAsync(files, clock, codes, lanes))
        {
            await DefineAsync(database, codes);
            await database.IdentifyAsync([Ada], HostCodes.InNewYork);
            codes.Fail = true;
            await database.IdentifyAsync([Bob], HostCodes.InNewYork);
            await database.IdentifyAsync([Ada], HostCodes.InLosAngeles);
        }

        codes.Fail = false;
        foreach (var file in files.List().Where(name => fromLog && name.StartsWith("checkpoint", StringComparison.Ordinal)))
        {
            files.Delete(file);
        }

        await using var reopened = await OpenAsync(files, clock, codes, lanes);
        Assert.That(reopened.SegmentStatus("near")!.IsReady, Is.False);
        await reopened.SegmentReadyAsync("near");

        Assert.That(reopened.SegmentStatus("near")!.Fault, Is.Null);
        Assert.That(reopened.IsMember(Bob, "near"), Is.True);
        Assert.That(reopened.IsMember(Ada, "near"), Is.False);
        Assert.That(reopened.IsMember(Ada, "far"), Is.True);
        Assert.That(
            reopened.SegmentChanges("near").Select(c => (c.Profile == reopened.Profile(Ada)!.Id, c.Entered)),
            Is.EquivalentTo(new[] { (true, true), (false, true), (true, false) }));
    }

    [Test]
    public async Task Evaluation_ThatThrew_IsTriedAgain_WithTheNextDefinition()
    {
        var codes = new HostCodes();
        await using var database = await OpenAsync(new SimulatedFiles(1), NewClock(), codes, lanes: 1);
        codes.Fail = true;
        await database.IdentifyAsync([Ada], HostCodes.InNewYork);
        await database.DefineSegmentAsync("near", HostCodes.NearNewYork(codes));
        await database.DefineSegmentAsync("buyers", Buyers);
        await database.SegmentReadyAsync("buyers");
        Assert.That(database.SegmentStatus("near")!.Fault, Is.Not.Null);

        codes.Fail = false;
        await database.DefineSegmentAsync("buyers", Buyers);
        await database.SegmentReadyAsync("near");

        Assert.That(database.IsMember(Ada, "near"), Is.True);
        Assert.That(database.SegmentStatus("near")!.Fault, Is.Null);
    }

    [Test]
    public async Task Evaluation_ThatThrowsWhenTimePasses_EndsTheSegmentAlone()
    {
        var (codes, clock) = (new HostCodes(), NewClock());
        await using var database = await OpenAsync(new SimulatedFiles(1), clock, codes, lanes: 1);
        await database.DefineSegmentAsync("near", HostCodes.NearNewYork(codes));
        await database.DefineSegmentAsync("buyers", Buyers);
        await database.SegmentReadyAsync("buyers");
        await database.IdentifyAsync([Ada], HostCodes.InNewYork);
        await database.IdentifyAsync([Ada], HostCodes.InNewYork, DatabaseFixture.Start.Plus(TimeSpan.FromDays(40)));
        await database.TrackAsync(Ada, "Placed Order");

        codes.Fail = true;
        clock.Advance(TimeSpan.FromDays(41));
        await database.RunSegmentsAsync();

        Assert.That(database.CountSegment("buyers"), Is.Zero);
        Assert.That(database.SegmentStatus("near")!.Fault, Does.Contain("no such file"));
    }

    [Test]
    public async Task Definition_ThatCannotBeRead_KeepsNothingElseFromOpening([Values(1, 3)] int lanes, [Values] bool fromLog)
    {
        var (files, clock) = (new SimulatedFiles(1), NewClock());
        await using (var database = await DatabaseFixture.OpenAsync(files, clock, lanes))
        {
            await database.DefineSegmentAsync("old", Buyers);
            await database.DefineSegmentAsync("asks", new SegmentDefinition(When.In("old")));
            await database.DefineSegmentAsync("buyers", Buyers);
            await database.SegmentReadyAsync("buyers");
            await database.SegmentReadyAsync("asks");
            await database.TrackAsync(Ada, "Placed Order");
            DefineByAnotherVersion(database, "old");
            await database.TrackAsync(Bob, "Placed Order");
        }

        foreach (var file in files.List().Where(name => fromLog && name.StartsWith("checkpoint", StringComparison.Ordinal)))
        {
            files.Delete(file);
        }

        await using var reopened = await DatabaseFixture.OpenAsync(files, clock, lanes);
        Assert.That(reopened.CountSegment("buyers"), Is.EqualTo(2));
        Assert.That(reopened.Segments, Is.EqualTo(new[] { "asks", "buyers", "old" }));
        Assert.That(reopened.Segment("old"), Is.Null);
        Assert.That(reopened.SegmentStatus("old")!.Fault, Does.Contain("'old' cannot be read").And.Contain("profile-weather"));
        Assert.That(reopened.SegmentStatus("asks")!.Fault, Does.Contain("'old' cannot be read"));
        Assert.That(() => reopened.CountSegment("old"), Throws.ArgumentException.With.Message.Contains("cannot be read"));
        Assert.That(() => reopened.CountSegment("asks"), Throws.TypeOf<DefinitionException>().With.Message.Contains("cannot be read"));
        Assert.That(() => reopened.IsMember(Ada, "asks"), Throws.TypeOf<DefinitionException>());
        Assert.That(reopened.Profile(Ada)!.Segments, Is.EqualTo(new[] { "buyers" }));

        // Who can read it again finds its members anew: until then nobody keeps them.
        reopened.Store.State.Definitions.TryGetNumber("old", out var old);
        reopened.Store.State.Definitions.TryGetNumber("asks", out var asks);
        Assert.That(reopened.Store.Lanes.Select(l => (l.Live.Memberships.BuiltFor(old), l.Live.Memberships.BuiltFor(asks))), Is.All.EqualTo((0, 0)));

        using var export = new MemoryStream();
        await reopened.ExportAsync(export);
        Assert.That(Encoding.UTF8.GetString(export.ToArray()), Does.Contain("profile-weather"));

        await reopened.DefineSegmentAsync("old", Buyers);
        await reopened.SegmentReadyAsync("asks");
        Assert.That(reopened.CountSegment("asks"), Is.EqualTo(2));
        Assert.That(reopened.SegmentStatus("old")!.Fault, Is.Null);
    }

    [Test]
    public async Task Definition_ThatCannotBeRead_CanBeRemoved()
    {
        var (files, clock) = (new SimulatedFiles(1), NewClock());
        await using (var database = await DatabaseFixture.OpenAsync(files, clock))
        {
            DefineByAnotherVersion(database, "old");
        }

        await using var reopened = await DatabaseFixture.OpenAsync(files, clock);
        await reopened.RemoveSegmentAsync("old");
        Assert.That(reopened.Segments, Is.Empty);
        Assert.That(reopened.SegmentStatus("old"), Is.Null);
    }

    private static FakeTimeProvider NewClock() => new(DatabaseFixture.Start.ToDateTimeOffset());

    private static async Task DefineAsync(CustomerDatabase database, HostCodes codes)
    {
        await database.DefineSegmentAsync("near", HostCodes.NearNewYork(codes));
        await database.DefineSegmentAsync("far", new SegmentDefinition(!When.In("near")));
        await database.DefineSegmentAsync("buyers", Buyers);
        await database.SegmentReadyAsync("near");
        await database.SegmentReadyAsync("far");
        await database.SegmentReadyAsync("buyers");
    }

    private static void DefineByAnotherVersion(CustomerDatabase database, string name)
    {
        var (store, lane) = (database.Store, database.Store.Lanes[0]);
        var definition = new DefinitionRecord(StoreDefinition.Segment, name, """{"type":"profile-weather"}""", DatabaseFixture.Start);
        using var gate = store.EnterAll();
        lane.AppendUnderGate(RecordKind.Definition, lane.Records.Definition(definition));
        store.State.Definitions.Apply(definition);
    }

    private static ValueTask<CustomerDatabase> OpenAsync(IStorageFiles files, TimeProvider clock, HostCodes codes, int lanes) =>
        DatabaseFixture.OpenAsync(files, clock, lanes, environment: new DefinitionEnvironment { PostalCodes = codes });
}
