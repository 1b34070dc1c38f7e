using Klaviyo.Storage.Log;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Storage.Log;

/// <summary>P3, P6: what either file of the manifest loses the other one has, and is written anew.</summary>
public sealed class ManifestFilesTests
{
    private static readonly string[] Both = [StoreManifest.FileName, ManifestFiles.CopyName];

    private SimulatedFiles _disk = null!;
    private byte[] _whole = [];

    [SetUp]
    public async Task Create()
    {
        _disk = new SimulatedFiles(0);
        using (var log = LogFixture.Open(_disk))
        {
            LogFixture.Fill(log.Lanes[0], 3);
            await log.CommitAsync();
        }

        _whole = _disk[StoreManifest.FileName];
    }

    [Test]
    public void Create_WritesBothAlike() => AssertWhole(_disk);

    [Test]
    public void EitherFile_WithAnyBitFlipped_IsWrittenAnew([ValueSource(nameof(Both))] string name)
    {
        for (var bit = 0; bit < 8 * _whole.Length; bit++)
        {
            var damaged = _disk.Clone();
            damaged[name][bit / 8] ^= (byte)(1 << (bit % 8));
            AssertMended(damaged, $"bit {bit}");
        }
    }

    [Test]
    public void EitherFile_LostOrCutOrLonger_IsWrittenAnew([ValueSource(nameof(Both))] string name)
    {
        var lost = _disk.Clone();
        lost.Delete(name);
        AssertMended(lost, "lost");
        foreach (var bytes in new[] { [], _whole[..^1], [.. _whole, .. new byte[1]], [.. _whole, .. _whole], new byte[_whole.Length] })
        {
            var damaged = _disk.Clone();
            damaged[name] = bytes;
            AssertMended(damaged, $"{bytes.Length} bytes");
        }
    }

    [Test]
    public void BothFiles_WithTheSameByteChanged_AreRefusedInOneLine()
    {
        for (var at = 0; at < _whole.Length; at++)
        {
            var damaged = _disk.Clone();
            damaged[StoreManifest.FileName][at] ^= 1;
            damaged[ManifestFiles.CopyName][at] ^= 1;
            Assert.That(
                () => LogFixture.Open(damaged),
                Throws.TypeOf<StoreCorruptedException>().With.Property("File").EqualTo(StoreManifest.FileName)
                    .And.Message.Contains("backup").And.Message.Not.Contains("\n"),
                $"byte {at}");
        }
    }

    [Test]
    public void Copy_OfAnotherStore_IsNotUsed([Values] bool storeIsMissing)
    {
        var other = new SimulatedFiles(1);
        EventLog.Open(LogFixture.Options(other) with { StoreId = Guid.Empty }).Dispose();
        var strayed = other[ManifestFiles.CopyName];
        _disk[ManifestFiles.CopyName] = [.. strayed];
        AssertMended(_disk.Clone(), "STORE is whole and counts");

        _disk[StoreManifest.FileName] = [];
        if (storeIsMissing)
        {
            _disk.Delete(StoreManifest.FileName);
        }

        Assert.That(() => LogFixture.Open(_disk), Throws.TypeOf<StoreCorruptedException>().With.Property("File").EqualTo(StoreManifest.FileName));
        Assert.That(_disk[ManifestFiles.CopyName], Is.EqualTo(strayed));
    }

    /// <summary>Where the superblock says nothing either, nothing is written under a name that may be another's.</summary>
    [Test]
    public void Copy_WithoutAnythingThatConfirmsIt_IsNotWrittenAsTheManifest()
    {
        _disk.Delete(StoreManifest.FileName);
        _disk.Delete(Superblock.FileName);

        Assert.That(() => LogFixture.Open(_disk), Throws.TypeOf<StoreCorruptedException>());
        Assert.That(_disk.Exists(StoreManifest.FileName), Is.False);
    }

    [Test]
    public void File_ThatCannotBeRead_IsReadFromTheOther([ValueSource(nameof(Both))] string name)
    {
        var plan = new FaultPlan(FileCall.Read, name, 1);
        using (var log = LogFixture.Open(new FaultyFiles(_disk, plan)))
        {
            Assert.That(plan.HasStruck);
            Assert.That(LogFixture.CheckAll(log.Lanes[0]), Is.EqualTo(3));
        }

        var bad = new FaultPlan(FileCall.Read, "STORE", 1, ForEver: true);
        Assert.That(() => LogFixture.Open(new FaultyFiles(_disk, bad)), Throws.TypeOf<InjectedFaultException>(), "neither: the disk's own words");
    }

    /// <summary>A store that could be opened before there were two files can be opened on a full disk; and it says what is missing.</summary>
    [Test]
    public async Task Mending_WithoutRoom_IsToldAndTriedAgain([ValueSource(nameof(Both))] string name, [Values(FileCall.Create, FileCall.Write)] FileCall call)
    {
        var (disk, clock) = (new SimulatedFiles(2), new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset()));
        await using (var database = await DatabaseFixture.OpenAsync(disk, clock))
        {
            await database.TrackAsync("external_id:1", "Placed Order");
            Assert.That(database.Stats().ManifestFault, Is.Null);
        }

        disk.Delete(name);
        var full = new FaultPlan(call, StoreManifest.UnfinishedName, 1, ForEver: true, FaultKind.Full);
        await using (var database = await CustomerDatabase.OpenAsync("full", new CustomerDatabaseOptions { Files = new FaultyFiles(disk, full), Clock = clock }))
        {
            Assert.That(database.Stats().ManifestFault, Does.Contain(StoreManifest.UnfinishedName));
            await database.TrackAsync("external_id:1", "Placed Order");
        }

        Assert.That(disk.List(), Has.None.EqualTo(name).And.None.EqualTo(StoreManifest.UnfinishedName));
        await using (var database = await DatabaseFixture.OpenAsync(disk, clock))
        {
            Assert.That((database.Stats().Events, database.Stats().ManifestFault), Is.EqualTo((2, (string?)null)));
        }

        Assert.That(disk[StoreManifest.FileName], Is.EqualTo(disk[ManifestFiles.CopyName]));
    }

    [Test]
    public void Mending_WithThePowerCutAtEveryStep_LeavesAStore([ValueSource(nameof(Both))] string name, [Values] bool isMissing)
    {
        for (var step = 1; step <= 8; step++)
        {
            for (var seed = 0; seed < 8; seed++)
            {
                var disk = SimulatedDisk(seed);
                disk[name] = new byte[_whole.Length];
                if (isMissing)
                {
                    disk.Delete(name);
                    disk.SyncDirectory("");
                }

                disk.CutAtStep = disk.Steps + step;
                try
                {
                    LogFixture.Open(disk).Dispose();
                }
                catch (PowerCutException)
                {
                    // That is what the step was for.
                }

                AssertMended(disk.AfterPowerCut(), $"step {step}, seed {seed}");
            }
        }
    }

    // A clone has no seed of its own.
    private SimulatedFiles SimulatedDisk(int seed)
    {
        var disk = new SimulatedFiles(seed);
        foreach (var name in _disk.List())
        {
            using var file = disk.Open(name, create: true);
            file.Write(0, _disk[name]);
            file.Sync();
            disk.SyncDirectory(name.Contains('/', StringComparison.Ordinal) ? "lane-0" : "");
        }

        disk.SyncDirectory("");
        return disk;
    }

    private void AssertMended(SimulatedFiles disk, string what)
    {
        using (var log = LogFixture.Open(disk))
        {
            Assert.That(log.ManifestFault, Is.Null, what);
            Assert.That(LogFixture.CheckAll(log.Lanes[0]), Is.EqualTo(3), what);
        }

        AssertWhole(disk, what);
    }

    private void AssertWhole(SimulatedFiles disk, string what = "")
    {
        foreach (var name in Both)
        {
            Assert.That(disk[name].AsSpan().SequenceEqual(_whole), Is.True, $"{name}: {what}");
        }

        Assert.That(disk.Exists(StoreManifest.UnfinishedName), Is.False, what);
    }
}
