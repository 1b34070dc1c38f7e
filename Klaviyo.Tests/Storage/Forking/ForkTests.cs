using CsCheck;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Storage.Log;

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
        var position = await store.Database.Store.ForkAsync(target, null, CancellationToken.None);
        Assert.That(position, Is.EqualTo(store.Database.Position));
        Assert.That(Names(target), Is.EquivalentTo(Names(store.Files).Where(IsTruth)));
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
        await store.Database.Store.ForkAsync(target, null, CancellationToken.None);
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
        await store.Database.Store.ForkAsync(target, position, CancellationToken.None);
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
            await store.Database.Store.ForkAsync(target, null, CancellationToken.None);
            await using var fork = await DatabaseFixture.OpenAsync(target, store.Clock);
            Assert.That(Count(fork, "pair:left"), Is.EqualTo(Count(fork, "pair:right")));
            Assert.That((await fork.VerifyAsync()).Problem, Is.Null);
        }

        await stop.CancelAsync();
        await writing;
        Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
    }

    // "Whoever was erased since that position is erased in the fork too": compacted or not, whoever came before and after.
    [Test]
    public void Fork_AtAnOlderPosition_BringsNobodyBackWhoWasErasedSince([Values(1, 3)] int lanes)
    {
        Gen.Select(Gen.Select(Gen.Frequency((6, Gen.Const('w')), (3, Gen.Const('e')), (1, Gen.Const('c'))), Gen.Int[1, 6]).Array[1, 25], Gen.Int[0, 24])
            .Sample((deeds, place) => EraseAndForkAsync(lanes, deeds, place % deeds.Length).GetAwaiter().GetResult(), iter: 60, threads: 1);
    }

    [Test]
    public async Task Fork_RefusesWhatItsSourceRefusesForEver_AlsoTheForkOfTheFork()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await FillAsync(store.Database, 3);
        await store.Database.EraseAsync("external_id:1", suppress: true);
        var (first, second) = (new SimulatedFiles(seed: 2), new SimulatedFiles(seed: 3));
        await store.Database.Store.ForkAsync(first, null, CancellationToken.None);
        await using var fork = await DatabaseFixture.OpenAsync(first, store.Clock);
        await fork.Store.ForkAsync(second, null, CancellationToken.None);
        await using var forkOfFork = await DatabaseFixture.OpenAsync(second, store.Clock);
        foreach (var database in new[] { store.Database, fork, forkOfFork })
        {
            Assert.That((await database.TrackAsync("email:p1@example.com", "A", 1)).Accepted, Is.False);
            Assert.That((await database.TrackAsync("email:p2@example.com", "A", 1)).Accepted, Is.True);
        }
    }

    // A fork is there as a whole, or the directory is none; the source never notices.
    [Test]
    public async Task PowerCut_AtEveryStep_LeavesAForkOrNoStore([Values(1, 2)] int lanes)
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        await FillAsync(store.Database, 30);
        var whole = new SimulatedFiles(seed: 0);
        await store.Database.Store.ForkAsync(whole, null, CancellationToken.None);
        Assert.That(whole.Steps, Is.GreaterThan(10));
        var forks = 0;
        for (var step = 1; step <= whole.Steps; step++)
        {
            var target = new SimulatedFiles(seed: step) { CutAtStep = step };
            Assert.That(() => store.Database.Store.ForkAsync(target, null, CancellationToken.None), Throws.InstanceOf<IOException>());
            forks += await IsForkAsync(target.AfterPowerCut(), store) ? 1 : 0;
        }

        Assert.That(forks, Is.GreaterThan(0), "a cut behind the renaming of the manifest can leave the whole fork");
        Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
    }

    // The disk of the copy is not the disk of the store: what fails there poisons nothing here.
    [Test]
    public async Task FaultOfTheTarget_IsReported_LeavesNothing_AndTheSourceGoesOn(
        [Values(FileCall.Create, FileCall.Open, FileCall.Write, FileCall.Sync, FileCall.SetLength, FileCall.Rename, FileCall.SyncDirectory)] FileCall call)
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 2);
        await FillAsync(store.Database, PeopleOfSeveralPages);
        var struck = 0;
        for (var nth = 1; nth < 100; nth++)
        {
            var (disk, plan) = (new SimulatedFiles(nth), new FaultPlan(call, "", nth, Kind: FaultKind.Full));
            var forking = store.Database.Store.ForkAsync(new FaultyFiles(disk, plan), null, CancellationToken.None);
            if (await SucceedsAsync(forking))
            {
                break;
            }

            struck++;
            Assert.That(Names(disk), Is.Empty, $"{plan}");
            await store.Database.TrackAsync("external_id:0", "A", nth);
        }

        Assert.That(struck, Is.InRange(1, 50), "each plan strikes until there is nothing more to strike");
        Assert.That((await store.Database.VerifyAsync()).Problem, Is.Null);
    }

    [Test]
    public async Task FileOfTheSource_InTheFork_IsFoundOut()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await FillAsync(store.Database, PeopleOfSeveralPages);
        var target = new SimulatedFiles(seed: 2);
        await store.Database.Store.ForkAsync(target, null, CancellationToken.None);
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
        Assert.That(() => store.Database.Store.ForkAsync(target, null, CancellationToken.None), Throws.InstanceOf<StoreCorruptedException>());
        Assert.That(Names(target), Is.Empty);
    }

    [Test]
    public async Task Cancelled_LeavesNothing()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await FillAsync(store.Database, 3);
        var target = new SimulatedFiles(seed: 2);
        Assert.That(() => store.Database.Store.ForkAsync(target, null, new CancellationToken(true)), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(Names(target), Is.Empty);
    }

    [Test]
    public async Task Directory_ThatIsNotEmpty_IsRefusedAndKept()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await FillAsync(store.Database, 3);
        var before = store.Files.Clone();
        Assert.That(() => store.Database.Store.ForkAsync(store.Files, null, CancellationToken.None), Throws.InstanceOf<IOException>());
        AssertSame(before, store.Files);
    }

    [Test]
    public async Task Fork_ThatFails_LeavesNoLock_AndNoneOfAnother()
    {
        using var folder = new StoreFolder();
        await using var database = await CustomerDatabase.OpenAsync(folder.Path);
        await FillAsync(database, 3);
        var target = folder.Path + "-fork";
        for (var i = 0; i < 2; i++)
        {
            Assert.That(async () => await database.ForkAsync(target, new StorePosition([database.Position.Addresses[0] - 4])), Throws.ArgumentException);
            Assert.That(Directory.GetFiles(target, "*", SearchOption.AllDirectories), Is.Empty);
        }

        var other = new PhysicalFiles(target);
        using (other.TryLock(StoreDirectory.LockName))
        {
            Assert.That(async () => await database.ForkAsync(target), Throws.TypeOf<StoreLockedException>());
            Assert.That(other.Exists(StoreDirectory.LockName));
        }

        await database.ForkAsync(target);
        await using var fork = await CustomerDatabase.OpenAsync(target);
        Assert.That(async () => await database.ForkAsync(target), Throws.InstanceOf<IOException>());
        Assert.That(other.Exists(StoreDirectory.LockName));
        Assert.That(Events(fork), Is.EqualTo(Events(database)));
    }

    // Nobody would look for a copy there when somebody is erased.
    [Test]
    public async Task Directory_InsideTheStore_IsRefused()
    {
        using var folder = new StoreFolder();
        await using var database = await CustomerDatabase.OpenAsync(folder.Path);
        await FillAsync(database, 3);
        var link = folder.Path + "-link";
        Directory.CreateSymbolicLink(link, Path.Combine(folder.Path, "lane-0"));
        string[] inside = [folder.Path, Path.Combine(folder.Path, "new", "copy"), Path.Combine(link, "copy"), $"{folder.Path}-x/../store/copy"];
        foreach (var path in inside)
        {
            Assert.That(
                async () => await database.ForkAsync(path),
                Throws.ArgumentException.With.Message.Contains("the store's own directory"), path);
        }

        await database.ForkAsync(folder.Path + "-beside");
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
            Assert.That(() => store.Database.Store.ForkAsync(target, new StorePosition([address]), CancellationToken.None), Throws.ArgumentException);
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
        Assert.That(() => store.Database.Store.ForkAsync(new SimulatedFiles(2), torn, CancellationToken.None), Throws.ArgumentException);
    }

    [Test]
    public async Task Fork_OfAFork_KeepsTheIdUnderWhichAllBegan()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        await FillAsync(store.Database, 3);
        var (first, second) = (new SimulatedFiles(seed: 2), new SimulatedFiles(seed: 3));
        await store.Database.Store.ForkAsync(first, null, CancellationToken.None);
        await using var fork = await DatabaseFixture.OpenAsync(first, store.Clock);
        await fork.Store.ForkAsync(second, null, CancellationToken.None);
        var (source, manifest) = (ManifestFiles.Load(store.Files), ManifestFiles.Load(second));
        Assert.That(source.ForkOf, Is.Null);
        Assert.That(manifest.ForkOf, Is.EqualTo(source.StoreId));
        Assert.That(manifest.OriginId, Is.EqualTo(source.OriginId));
        Assert.That(new[] { source.StoreId, fork.Store.Id, manifest.StoreId }, Is.Unique);
    }

    [Test]
    public async Task ManifestOfAFork_WithAnyByteChanged_IsFoundAndNotNeeded()
    {
        await using var store = await DatabaseFixture.OpenAsync();
        var target = new SimulatedFiles(seed: 2);
        await store.Database.Store.ForkAsync(target, null, CancellationToken.None);
        var whole = target[StoreManifest.FileName];
        for (var place = 0; place < whole.Length; place++)
        {
            var damaged = whole.ToArray();
            damaged[place] ^= 1;
            target[StoreManifest.FileName] = damaged;
            Assert.That(StoreManifest.Read(target, StoreManifest.FileName), Is.Null, $"byte {place}");
            Assert.That(ManifestFiles.Load(target).ForkOf, Is.Not.Null, $"byte {place}");
        }
    }

    [Test]
    public async Task Closing_WaitsForAForkUnderWay_AndAForkOfAClosedStoreIsRefused()
    {
        var store = await DatabaseFixture.OpenAsync();
        await FillAsync(store.Database, PeopleOfSeveralPages);
        var target = new SimulatedFiles(seed: 2);
        var forking = store.Database.Store.ForkAsync(target, null, CancellationToken.None);
        await store.DisposeAsync();
        await forking;
        Assert.That(target.Exists(StoreManifest.FileName), Is.True);
        Assert.That(() => store.Database.Store.ForkAsync(new SimulatedFiles(3), null, CancellationToken.None), Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public async Task Fork_OfAnEmptyStore_IsAnEmptyStore()
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes: 2);
        var target = new SimulatedFiles(seed: 2);
        await store.Database.Store.ForkAsync(target, null, CancellationToken.None);
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

    private static async Task EraseAndForkAsync(int lanes, (char Deed, int Who)[] deeds, int place)
    {
        await using var store = await DatabaseFixture.OpenAsync(lanes);
        var (living, erased, born) = (new Dictionary<int, (int Born, int Events)>(), new HashSet<int>(), 0);
        var (then, position) = (living.ToArray(), store.Database.Position);
        for (var n = 0; n < deeds.Length; n++)
        {
            var (deed, who) = deeds[n];
            switch (deed)
            {
                case 'w':
                    await store.Database.TrackAsync(Identifier.ExternalId($"{who}"), "A", 1);
                    living[who] = living.TryGetValue(who, out var known) ? (known.Born, known.Events + 1) : (born++, 1);
                    break;
                case 'e' when living.Remove(who, out var gone):
                    await store.Database.EraseAsync(Identifier.ExternalId($"{who}"), suppress: false);
                    erased.Add(gone.Born);
                    break;
                case 'c':
                    await store.Database.CompactAsync();
                    break;
            }

            (then, position) = n == place ? (living.ToArray(), store.Database.Position) : (then, position);
        }

        var target = new SimulatedFiles(seed: 2);
        await store.Database.Store.ForkAsync(target, position, CancellationToken.None);
        await using var fork = await DatabaseFixture.OpenAsync(target, store.Clock);
        var expected = then.Where(p => !erased.Contains(p.Value.Born)).ToDictionary(p => p.Key, p => p.Value.Events);
        Assert.That(fork.Stats().Profiles, Is.EqualTo(expected.Count));
        for (var who = 1; who <= 6; who++)
        {
            Assert.That(CountOf(fork, who), Is.EqualTo(expected.GetValueOrDefault(who)));
        }

        Assert.That((await fork.VerifyAsync()).Problem, Is.Null);
    }

    private static double CountOf(CustomerDatabase database, int who) =>
        database.Aggregate(Identifier.ExternalId($"{who}"), new AggregateQuery { Metric = "A" }).Number!.Value;

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

    private static async Task<bool> SucceedsAsync(Task work)
    {
        try
        {
            await work;
            return true;
        }
        catch (InjectedFaultException)
        {
            return false;
        }
    }

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

    private static bool IsTruth(string name) =>
        name is StoreManifest.FileName or ManifestFiles.CopyName or Superblock.FileName || name.Contains("/log.", StringComparison.Ordinal);

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
