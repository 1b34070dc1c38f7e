using Klaviyo.Storage.Log;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;

namespace Klaviyo.Tests.Storage.Forking;

// "Copy a store as of a durable position into another directory, which opens as a store of its own, source undisturbed."
public sealed class ForkTests
{
    private const int PeopleOfSeveralPages = 400;

    [Test]
    public async Task Fork_OfSeveralPagesAndSegments_AnswersTheSame_UnderAnotherId([Values(1, 3)] int lanes)
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await FillAsync(store.Database, PeopleOfSeveralPages);
        var before = store.Files.Clone();
        var target = new SimulatedFiles(seed: 2);
        var position = store.Database.Store.Fork(target, null, CancellationToken.None);
        Assert.That(position, Is.EqualTo(store.Database.Position));
        Assert.That(Names(target), Is.EquivalentTo(Names(store.Files).Where(n => !n.StartsWith("checkpoint", StringComparison.Ordinal))));
        AssertSame(before, store.Files);

        await using var fork = await DatabaseFixture.OpenAsync(target, store.Clock);
        Assert.That(fork.Store.Id, Is.Not.EqualTo(store.Database.Store.Id));
        Assert.That(fork.Store.LaneCount, Is.EqualTo(lanes));
        Assert.That((await fork.VerifyAsync()).Problem, Is.Null);
        Assert.That(Events(fork), Is.EqualTo(Events(store.Database)));
    }

    [Test]
    public async Task Fork_AndSource_GoOnApart()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await FillAsync(store.Database, 3);
        var target = new SimulatedFiles(seed: 2);
        store.Database.Store.Fork(target, null, CancellationToken.None);
        await using var fork = await DatabaseFixture.OpenAsync(target, store.Clock);
        await store.Database.TrackAsync("external_id:1", "Only here", 1);
        await fork.TrackAsync("external_id:1", "Only there", 1);
        Assert.That(store.Database.Profile("external_id:1")!.Metrics.Keys, Is.EqualTo(new[] { "Only here", "Placed Order" }));
        Assert.That(fork.Profile("external_id:1")!.Metrics.Keys, Is.EqualTo(new[] { "Only there", "Placed Order" }));
    }

    [Test]
    public async Task Fork_AtAnOlderPosition_IsTheStoreAsItWasThen()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 3);
        await FillAsync(store.Database, 20);
        var (position, then) = (StorePosition.Parse(store.Database.Position.ToString()), Events(store.Database));
        await FillAsync(store.Database, 40);
        var target = new SimulatedFiles(seed: 2);
        store.Database.Store.Fork(target, position, CancellationToken.None);
        await using var fork = await DatabaseFixture.OpenAsync(target, store.Clock);
        Assert.That(Events(fork), Is.EqualTo(then));
        Assert.That(fork.Position, Is.EqualTo(position));
    }

    [Test]
    public async Task Fork_WhileOthersWrite_IsACutOfWholeBatches()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 3);
        await FillAsync(store.Database, PeopleOfSeveralPages);
        using var stop = new CancellationTokenSource();
        var writing = Task.Run(() => WritePairsAsync(store.Database, stop.Token));
        for (var n = 0; n < 5; n++)
        {
            var target = new SimulatedFiles(seed: n);
            store.Database.Store.Fork(target, null, CancellationToken.None);
            await using var fork = await DatabaseFixture.OpenAsync(target, store.Clock);
            Assert.That(Count(fork, "pair:left"), Is.EqualTo(Count(fork, "pair:right")));
            Assert.That((await fork.VerifyAsync()).Problem, Is.Null);
        }

        await stop.CancelAsync();
        await writing;
        Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
    }

    // A fork is there as a whole, or the directory is none; the source never notices.
    [Test]
    public async Task PowerCut_AtEveryStep_LeavesAForkOrNoStore([Values(1, 2)] int lanes)
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await FillAsync(store.Database, 30);
        var whole = new SimulatedFiles(seed: 0);
        store.Database.Store.Fork(whole, null, CancellationToken.None);
        Assert.That(whole.Steps, Is.GreaterThan(10));
        var forks = 0;
        for (var step = 1; step <= whole.Steps; step++)
        {
            var target = new SimulatedFiles(seed: step) { CutAtStep = step };
            Assert.That(() => store.Database.Store.Fork(target, null, CancellationToken.None), Throws.InstanceOf<IOException>());
            forks += await IsForkAsync(target.AfterPowerCut(), store) ? 1 : 0;
        }

        Assert.That(forks, Is.GreaterThan(0), "a cut behind the renaming of the manifest can leave the whole fork");
        Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task FileOfTheSource_InTheFork_IsFoundOut()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await FillAsync(store.Database, PeopleOfSeveralPages);
        var target = new SimulatedFiles(seed: 2);
        store.Database.Store.Fork(target, null, CancellationToken.None);
        target["lane-0/log.0"] = store.Files["lane-0/log.0"];
        Assert.That(async () => await DatabaseFixture.OpenAsync(target, store.Clock), Throws.InstanceOf<StoreCorruptedException>());
    }

    [Test]
    public async Task DamageOfTheSource_IsReported_AndLeavesNothing()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await FillAsync(store.Database, PeopleOfSeveralPages);
        store.Files["lane-0/log.0"][1000] ^= 1;
        var target = new SimulatedFiles(seed: 2);
        Assert.That(() => store.Database.Store.Fork(target, null, CancellationToken.None), Throws.InstanceOf<StoreCorruptedException>());
        Assert.That(Names(target), Is.Empty);
    }

    [Test]
    public async Task Cancelled_LeavesNothing()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await FillAsync(store.Database, 3);
        var target = new SimulatedFiles(seed: 2);
        Assert.That(() => store.Database.Store.Fork(target, null, new CancellationToken(true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Names(target), Is.Empty);
    }

    [Test]
    public async Task Directory_ThatIsNotEmpty_IsRefusedAndKept()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await FillAsync(store.Database, 3);
        var before = store.Files.Clone();
        Assert.That(() => store.Database.Store.Fork(store.Files, null, CancellationToken.None), Throws.InstanceOf<IOException>());
        AssertSame(before, store.Files);
    }

    [Test]
    public async Task Position_ThatIsNoneOfTheStore_IsRefused()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await FillAsync(store.Database, 3);
        var end = store.Database.Position.Addresses[0];
        store.Database.Apply(new ListWrite { Profile = [Identifier.ExternalId("1")], List = "vip", Member = true });
        foreach (var address in new[] { end - 4, end + 4, LogLayout.FirstAddress - 4, long.MaxValue / 2 })
        {
            var target = new SimulatedFiles(seed: 2);
            Assert.That(() => store.Database.Store.Fork(target, new StorePosition([address]), CancellationToken.None), Throws.ArgumentException);
            Assert.That(Names(target), Is.Empty);
        }
    }

    [Test]
    public async Task Position_WithAMergeButWithoutItsSource_IsRefused()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 3);
        var empty = store.Database.Position;
        await store.Database.IdentifyAsync(["anonymous_id:device"], new() { ["city"] = "Paris" });
        var source = store.Database.Position;
        await store.Database.IdentifyAsync(["external_id:1"], new());
        await store.Database.IdentifyAsync(["anonymous_id:device", "external_id:1"], new());
        var merged = store.Database.Position;
        var lane = Enumerable.Range(0, 3).Single(l => source.Addresses[l] != empty.Addresses[l]);
        var torn = new StorePosition(merged.Addresses.SetItem(lane, empty.Addresses[lane]));
        Assert.That(() => store.Database.Store.Fork(new SimulatedFiles(2), torn, CancellationToken.None), Throws.ArgumentException);
    }

    [Test]
    public async Task Fork_OfAnEmptyStore_IsAnEmptyStore()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 2);
        var target = new SimulatedFiles(seed: 2);
        store.Database.Store.Fork(target, null, CancellationToken.None);
        await using var fork = await DatabaseFixture.OpenAsync(target, store.Clock);
        await fork.TrackAsync("external_id:1", "A", 1);
        Assert.That((await fork.VerifyAsync()).Problem, Is.Null);
    }

    private static async Task FillAsync(CustomerDatabase database, int people)
    {
        for (var n = 0; n < people; n++)
        {
            var order = new CustomerEvent
            {
                Profile = [Identifier.ExternalId($"{n}"), Identifier.Email($"p{n}@example.com")],
                Metric = "Placed Order",
                Value = n,
                Properties = new() { ["text"] = new string('x', 600) },
            };
            database.Apply(order);
        }

        await database.CommitAsync();
    }

    private static async Task WritePairsAsync(CustomerDatabase database, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await database.WriteAsync([Pair("left"), Pair("right")], CancellationToken.None);
        }
    }

    private static CustomerEvent Pair(string side) =>
        new() { Profile = [Identifier.Parse($"pair:{side}")], Metric = "A", Value = 1 };

    private static double Count(CustomerDatabase database, string profile) =>
        database.Aggregate(Identifier.Parse(profile), new AggregateQuery { Metric = "A" }).Number!.Value;

    private static async Task<bool> IsForkAsync(SimulatedFiles files, DatabaseFixture source)
    {
        if (!files.Exists(StoreManifest.FileName))
        {
            return false;
        }

        await using var fork = await DatabaseFixture.OpenAsync(files, source.Clock);
        Assert.That(Events(fork), Is.EqualTo(Events(source.Database)));
        Assert.That((await fork.VerifyAsync()).Problem, Is.Null);
        return true;
    }

    private static string[] Names(SimulatedFiles files) => [.. files.List().Where(n => n != StoreDirectory.LockName)];

    private static void AssertSame(SimulatedFiles before, SimulatedFiles after)
    {
        Assert.That(after.List(), Is.EqualTo(before.List()));
        foreach (var name in after.List())
        {
            Assert.That(after[name].AsSpan().SequenceEqual(before[name]), Is.True, name);
        }
    }

    private static List<string> Events(CustomerDatabase database)
    {
        var events = database.Profiles().SelectMany(p => database.Events(Identifier.Parse($"id:{p.Id}")).Events.Select(e =>
            $"{p.Id} {p.ExternalId} {p.Email} {e.Id} {e.Metric} {e.Time} {e.Received} {e.Value} {e.Properties}"));
        return [.. events];
    }
}
