using System.Text;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Log;
using Klaviyo.Tests.Storage.Database;
using Klaviyo.Tests.Storage.Log;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Faults;

/// <summary>
/// P3: a damaged store opens to be read. Of its answers nothing is invented, what comes before the damage is all there, the report
/// names the place, and no byte of the directory changes.
/// </summary>
public sealed class SalvageTests
{
    private const int Events = 20;
    private const int Damaged = 12;
    private static readonly Identifier Ada = "email:ada@example.com";

    private readonly FakeTimeProvider _clock = new(DatabaseFixture.Start.ToDateTimeOffset());
    private List<EventId> _events = [];
    private SimulatedFiles _files = null!;

    [SetUp]
    public void Create() => (_events, _files) = ([], new SimulatedFiles(1));

    [Test]
    public async Task RecordInTheMiddle_Damaged_LeavesWhatCameBefore([Values(0, 4, 8, 12, 21)] int at)
    {
        await WriteAsync(checkpointAfter: null);
        Flip(_events[Damaged], at);
        Assert.That(await OpenAsync(), Is.InstanceOf<StoreCorruptedException>());

        await using var database = await SalvageAsync();
        var address = StoreState.AddressOf(_events[Damaged]).Value;
        Assert.That(Ids(database), Is.EqualTo(_events.Take(Damaged)));
        Assert.That(Count(database), Is.EqualTo(Damaged));
        var loss = database.Losses[0];
        Assert.That((loss.File, loss.Offset, loss.Address), Is.EqualTo(("lane-0/log.0", address, (long?)address)));
        Assert.That(loss.Reason, Does.EndWith($"from sequence {loss.Sequence} up to {loss.Sequence} are lost."));
        Assert.That(database.Losses[1].Reason, Does.Contain($"from sequence {loss.Sequence} to "));
        Assert.That((await ExportAsync(database)).Count(l => l.Contains("\"event\"", StringComparison.Ordinal)), Is.EqualTo(Damaged));
        Assert.That((await database.VerifyAsync()).Problem, Is.Null);
    }

    // Who was erased behind the damage stays erased: in answers, exports and forks. After a compaction his own records are gone, too.
    [Test]
    public async Task WhoWasErasedBehindTheDamage_IsNotThere([Values] bool isCompacted, [Values] bool isMerged)
    {
        Identifier bob = "email:bob@example.com";
        await WriteAsync(checkpointAfter: null);
        await using (var database = await DatabaseFixture.OpenAsync(_files, _clock))
        {
            await database.TrackAsync(bob, "Placed Order", 1);
            await database.TrackAsync("email:carl@example.com", "Placed Order", 1);
            if (isMerged)
            {
                await database.MergeAsync("email:carl@example.com", bob);
            }

            _events.Add((await database.WriteAsync(new CustomerEvent { Profile = [Ada], Metric = "Placed Order", Properties = new PropertyMap { ["number"] = 1 } })).Event!.Value);
            await database.EraseAsync(bob);
            if (isCompacted)
            {
                await database.CompactAsync();
            }
        }

        foreach (var name in _files.List().Where(n => n.StartsWith("checkpoint", StringComparison.Ordinal)).ToList())
        {
            _files.Delete(name);
        }

        Flip(_events[^1], 21);
        await using var salvaged = await SalvageAsync();
        var target = new SimulatedFiles(2);
        await salvaged.Store.ForkAsync(target, null, default);
        await using var fork = await DatabaseFixture.OpenAsync(target, _clock);
        foreach (var found in new[] { salvaged, fork })
        {
            Assert.That(found.Profile(bob), Is.Null);
            Assert.That(found.Profile("email:carl@example.com") is null, Is.EqualTo(isMerged));
            Assert.That(string.Concat(await ExportAsync(found)), Does.Not.Contain("bob@").And.Contain("ada@"));
            Assert.That(Count(found), Is.EqualTo(Events));
        }
    }

    // What the checkpoint has of the event counts; what only its record had is said to be lost.
    [Test]
    public async Task RecordBelowACheckpoint_Damaged_TakesOnlyItsPropertiesAway()
    {
        await WriteAsync(checkpointAfter: Events - 2);
        Flip(_events[Damaged], 21);

        await using var database = await SalvageAsync();
        Assert.That(Count(database), Is.EqualTo(Events));
        Assert.That(database.Losses, Has.Count.EqualTo(1));
        Assert.That(() => database.Events(Ada, new EventQuery()).Events, Throws.InstanceOf<StoreCorruptedException>());
        Assert.That((await ExportAsync(database)).Count(l => l.Contains("\"event\"", StringComparison.Ordinal)), Is.EqualTo(Events - 1));
        var damage = (await database.VerifyAsync()).Problem;
        Assert.That(damage, Does.Contain("lane-0/log.0"));
    }

    [Test]
    public async Task RecordBehindACheckpoint_Damaged_LeavesTheCheckpointAndWhatCameBefore()
    {
        await WriteAsync(checkpointAfter: Damaged - 5);
        Flip(_events[3], 21);
        Flip(_events[Damaged], 21);

        await using var database = await SalvageAsync();
        Assert.That((Count(database), database.Losses.Count), Is.EqualTo((Damaged, 3)));
        Assert.That(database.OpenedFromCheckpoint);
    }

    [Test]
    public async Task Checkpoint_AndARecordBelowIt_Damaged_LeavesWhatCameBefore()
    {
        await WriteAsync(checkpointAfter: Events - 2);
        Flip(_events[Damaged], 21);
        var name = _files.List().Single(n => n.StartsWith("checkpoint-", StringComparison.Ordinal));
        _files[name][_files[name].Length / 2] ^= 1;

        await using var database = await SalvageAsync();
        Assert.That(Ids(database), Is.EqualTo(_events.Take(Damaged)));
        Assert.That(database.Losses.Select(l => l.File), Is.EqualTo(new[] { "lane-0/log.0", name, "lane-0/log.0" }));
    }

    [Test]
    public async Task Superblock_Lost_LeavesEverything([Values] bool isMissing, [Values] bool hasCheckpoint)
    {
        await WriteAsync(hasCheckpoint ? Damaged : null);
        if (isMissing)
        {
            _files.Delete(Superblock.FileName);
        }
        else
        {
            _files[Superblock.FileName].AsSpan().Clear();
        }

        await using var database = await SalvageAsync();
        Assert.That(Ids(database), Is.EqualTo(_events));
        Assert.That(database.Losses.Select(l => l.File), Is.EqualTo(new[] { Superblock.FileName }));
    }

    [Test]
    public async Task Superblock_NewestSlotLost_LeavesEverything([Values] bool hasCheckpoint, [Values] bool looksTorn, [Values(1, 2)] int lanes)
    {
        await WriteAsync(hasCheckpoint ? Events : null, lanes);
        using (var superblock = Superblock.Open(_files, ManifestFiles.Load(_files)))
        {
            var slot = _files[Superblock.FileName].AsSpan((int)(superblock.Generation % 2) * Superblock.SlotBytes, Superblock.SlotBytes);
            var (from, count) = looksTorn ? (SuperblockCopy.ChecksumOffset(lanes), 4) : (0, Superblock.CopyBytes);
            slot.Slice(from, count).Clear();
            slot.Slice(Superblock.CopyBytes + from, count).Clear();
        }

        if (lanes == 1)
        {
            await using var opened = await DatabaseFixture.OpenAsync(_files, _clock);
            Assert.That(Ids(opened), Is.EqualTo(_events), "the log itself says how far it goes");
            return;
        }

        if (looksTorn && !hasCheckpoint)
        {
            Assert.That(await OpenAsync(), Is.Null, "a power cut may leave this, so the cut before is right");
            return;
        }

        Assert.That(await OpenAsync(), Is.InstanceOf<StoreCorruptedException>().With.Property("File").EqualTo(Superblock.FileName));
        await using var database = await SalvageAsync();
        Assert.That(Ids(database), Is.EqualTo(_events));
        Assert.That(database.Losses.Single().Reason, Does.Contain(looksTorn ? "lost its newest slot" : "cannot be read"));
    }

    [Test]
    public async Task Superblock_OlderSlotLost_TakesNothing_AndIsWrittenAnew()
    {
        await WriteAsync(checkpointAfter: null);
        int newest;
        using (var superblock = Superblock.Open(_files, ManifestFiles.Load(_files)))
        {
            newest = (int)(superblock.Generation % 2);
        }

        foreach (var slot in new[] { 1 - newest, newest, 1 - newest })
        {
            _files[Superblock.FileName].AsSpan(slot * Superblock.SlotBytes, Superblock.SlotBytes).Clear();
            await using (var salvaged = await SalvageAsync())
            {
                Assert.That((Ids(salvaged).Count, salvaged.Losses.Count), Is.EqualTo((Events, 0)));
            }

            await using (var database = await DatabaseFixture.OpenAsync(_files, _clock))
            {
                Assert.That(Ids(database), Is.EqualTo(_events));
            }

            Assert.That(_files[Superblock.FileName].AsSpan(slot * Superblock.SlotBytes, 8).SequenceEqual("KLVSUPER"u8), Is.True);
        }
    }

    /// <summary>What the logs would hold then could not be told from what the slot may have lost.</summary>
    [Test]
    public async Task Superblock_SlotThatCannotBeWrittenAnew_LeavesAStoreThatIsOnlyRead()
    {
        await WriteAsync(checkpointAfter: null);
        using (var superblock = Superblock.Open(_files, ManifestFiles.Load(_files)))
        {
            _files[Superblock.FileName].AsSpan((int)((superblock.Generation + 1) % 2) * Superblock.SlotBytes, Superblock.SlotBytes).Clear();
        }

        var plan = new FaultPlan(FileCall.Write, Superblock.FileName, 1);
        var files = new FaultyFiles(_files, plan);
        await using var database = await CustomerDatabase.OpenAsync("simulated", new CustomerDatabaseOptions { Files = files, Clock = _clock });
        Assert.That(plan.HasStruck);
        Assert.That(Ids(database), Is.EqualTo(_events));
        Assert.That(async () => await database.TrackAsync(Ada, "Placed Order"), Throws.TypeOf<StorePoisonedException>());
    }

    [Test]
    public async Task Manifest_Damaged_IsReadFromItsCopy_AndRefusedWithoutOne()
    {
        await WriteAsync(checkpointAfter: null);
        _files[StoreManifest.FileName][20] ^= 1;
        var before = Bytes(_files);
        await using (var database = await SalvageAsync())
        {
            Assert.That(Ids(database), Is.EqualTo(_events));
            Assert.That(database.Losses.Select(l => l.File), Is.EqualTo(new[] { StoreManifest.FileName }));
        }

        _files.Delete(StoreManifest.FileName);
        await using (var database = await SalvageAsync())
        {
            Assert.That(Ids(database), Is.EqualTo(_events));
        }

        Assert.That(Bytes(_files), Is.EqualTo(before.Where(f => f.Item1 != StoreManifest.FileName)));
        _files[ManifestFiles.CopyName][20] ^= 1;
        Assert.That(async () => await SalvageAsync(), Throws.InstanceOf<StoreCorruptedException>().With.Property("File").EqualTo(StoreManifest.FileName));
    }

    [Test]
    public async Task Salvaged_TakesNothing_AndForksIntoAStoreThatIsWell()
    {
        await WriteAsync(checkpointAfter: null);
        Flip(_events[Damaged], 21);
        var before = Bytes(_files);
        var target = new SimulatedFiles(2);
        await using (var database = await SalvageAsync())
        {
            Assert.That(database.IsReadOnly);
            foreach (var write in new Func<CustomerDatabase, Task>[]
            {
                d => d.TrackAsync(Ada, "Placed Order").AsTask(),
                d => d.WriteAsync([new CustomerEvent { Profile = [Ada], Metric = "Placed Order" }]).AsTask(),
                d => d.IdentifyAsync(["email:new@example.com"], new PropertyMap { ["city"] = "Paris" }).AsTask(),
                d => d.MergeAsync(Ada, "email:bob@example.com").AsTask(),
                d => d.SplitAsync(Ada).AsTask(),
                d => d.EraseAsync(Ada, suppress: false).AsTask(),
                d => d.DefineSegmentAsync("all", new SegmentDefinition(new AndCondition([]))).AsTask(),
                d => d.RemoveSegmentAsync("all").AsTask(),
                d => d.CompactAsync(),
                d => d.CheckpointAsync().AsTask(),
                d => d.ImportAsync(new MemoryStream("""{"type":"profile","identifiers":["email:x@example.com"],"time":"2026-01-01T00:00:00.000Z"}"""u8.ToArray()), new ImportOptions { Format = new NdjsonFormat() }),
            })
            {
                Assert.That(async () => await write(database), Throws.InvalidOperationException);
            }

            await database.CommitAsync();
            await database.RunSegmentsAsync();
            Assert.That(Count(database), Is.EqualTo(Damaged));
            await database.Store.ForkAsync(target, null, CancellationToken.None);
        }

        Assert.That(Bytes(_files), Is.EqualTo(before));
        await using var fork = await DatabaseFixture.OpenAsync(target, _clock);
        Assert.That((await fork.VerifyAsync()).Problem, Is.Null);
        Assert.That(Count(fork), Is.EqualTo(Damaged));
        await fork.TrackAsync(Ada, "Placed Order");
    }

    /// <summary>A directory of the system: nothing in it changes, not even a lock's file, and two do not hold it.</summary>
    [Test]
    public async Task Directory_IsNotChanged_AndAnOpenStoreIsRefused()
    {
        using var folder = new StoreFolder();
        await using (var open = await CustomerDatabase.OpenAsync(folder.Path))
        {
            await open.TrackAsync(Ada, "Placed Order");
            Assert.That(async () => await CustomerDatabase.SalvageAsync(folder.Path), Throws.InstanceOf<StoreLockedException>());
        }

        await using (var salvaged = await CustomerDatabase.SalvageAsync(folder.Path))
        {
            Assert.That(async () => await CustomerDatabase.OpenAsync(folder.Path), Throws.InstanceOf<StoreLockedException>());
            Assert.That((Count(salvaged), salvaged.Losses.Count), Is.EqualTo((1, 0)));
        }

        File.Delete(folder.Name("LOCK"));
        var log = await File.ReadAllBytesAsync(folder.Name("lane-0/log.0"));
        log[80] ^= 1;
        await File.WriteAllBytesAsync(folder.Name("lane-0/log.0"), log);
        var before = Snapshot(folder.Path);
        await using (var salvaged = await CustomerDatabase.SalvageAsync(folder.Path))
        {
            Assert.That(salvaged.Losses, Is.Not.Empty);
            await ExportAsync(salvaged);
        }

        Assert.That(Snapshot(folder.Path), Is.EqualTo(before));
        Assert.That(async () => await CustomerDatabase.SalvageAsync(folder.Path + "-none"), Throws.InstanceOf<StoreCorruptedException>());
        Assert.That(Directory.Exists(folder.Path + "-none"), Is.False);
    }

    /// <summary>Whatever is damaged in a store of everything: it opens, invents nothing, can be exported, and stays as it is.</summary>
    [Test]
    public async Task AnyDamage_OpensAndInventsNothing([Values(1, 2)] int lanes)
    {
        var whole = new SimulatedFiles(4);
        await new ScriptedLife(4, lanes).LiveAsync(whole, turns: 14);
        HashSet<string> lines;
        await using (var database = await DatabaseFixture.OpenAsync(whole.Clone(), _clock, lanes))
        {
            lines = [.. await EventLinesAsync(database)];
        }

        var random = new Random(lanes);
        foreach (var name in whole.List())
        {
            for (var i = 0; i < (Environment.GetEnvironmentVariable("KLAVIYO_ROT") == "all" ? 2000 : 6); i++)
            {
                _files = whole.Clone();
                var what = DamageSomehow(name, i, random);
                var before = Bytes(_files);
                await using (var database = await SalvageAsync(lanes))
                {
                    Assert.That(await EventLinesAsync(database), Is.SubsetOf(lines), what);
                    _ = database.Stats();
                }

                Assert.That(Bytes(_files), Is.EqualTo(before), what);
            }
        }
    }

    private string DamageSomehow(string name, int number, Random random)
    {
        var bytes = _files[name];
        var at = bytes.Length == 0 ? 0 : random.Next(bytes.Length);
        switch (number % 6)
        {
            case 0:
                _files.Delete(name);
                return $"{name} missing";
            case 1:
                _files[name] = bytes[..at];
                return $"{name} cut to {at}";
            case 2:
                bytes.AsSpan(at, Math.Min(512, bytes.Length - at)).Clear();
                return $"{name} zeroed at {at}";
            default:
                if (bytes.Length > 0)
                {
                    bytes[at] ^= (byte)(1 << random.Next(8));
                }

                return $"{name} changed at {at}";
        }
    }

    private async Task WriteAsync(int? checkpointAfter, int lanes = 1)
    {
        await using var database = await DatabaseFixture.OpenAsync(_files, _clock, lanes);
        for (var i = 0; i <= Events; i++)
        {
            if (i == checkpointAfter)
            {
                await database.CheckpointAsync();
            }

            if (i < Events)
            {
                var write = new CustomerEvent { Profile = [Ada], Metric = "Placed Order", Properties = new PropertyMap { ["number"] = i } };
                _events.Add((await database.WriteAsync(write)).Event!.Value);
            }
        }

        // As a kill leaves it: no checkpoint but those that were asked for.
        _files = _files.Clone();
        database.Store.Dispose();
    }

    private void Flip(EventId id, int at) => _files["lane-0/log.0"][StoreState.AddressOf(id).Value + at] ^= 1;

    private async Task<Exception?> OpenAsync()
    {
        try
        {
            await using var database = await DatabaseFixture.OpenAsync(_files.Clone(), _clock);
            return null;
        }
        catch (StoreCorruptedException damage)
        {
            return damage;
        }
    }

    private ValueTask<CustomerDatabase> SalvageAsync(int lanes = 1) => CustomerDatabase.SalvageAsync(
        "simulated", new CustomerDatabaseOptions { Files = _files, Clock = _clock, Lanes = lanes, LogPageBytes = 64 << 10, LogSegmentBytes = 128 << 10 });

    private static List<EventId> Ids(CustomerDatabase database) =>
        [.. database.Events(Ada, new EventQuery()).Events.Select(e => e.Id)];

    private static double Count(CustomerDatabase database) =>
        database.Aggregate(Ada, new AggregateQuery { Metric = "Placed Order" }).Number!.Value;

    private static async Task<string[]> ExportAsync(CustomerDatabase database)
    {
        using var output = new MemoryStream();
        await database.ExportAsync(output);
        return Encoding.UTF8.GetString(output.ToArray()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static async Task<string[]> EventLinesAsync(CustomerDatabase database) =>
        [.. (await ExportAsync(database)).Where(l => l.StartsWith("{\"type\":\"event\"", StringComparison.Ordinal))];

    private static List<(string, string)> Bytes(SimulatedFiles files) =>
        [.. files.List().Select(n => (n, Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(files[n]))))];

    private static List<(string, string)> Snapshot(string folder) =>
        [.. Directory.EnumerateFileSystemEntries(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(p => (p, File.Exists(p) ? Convert.ToHexString(File.ReadAllBytes(p)) + File.GetLastWriteTimeUtc(p).Ticks : ""))];
}
