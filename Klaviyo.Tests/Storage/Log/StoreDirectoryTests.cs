using Klaviyo.Storage.Log;
using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Storage.Log;

/// <summary>P6: an existing store never opens as an empty one.</summary>
public sealed class StoreDirectoryTests
{
    private SimulatedFiles _disk = null!;

    [SetUp]
    public async Task Create()
    {
        _disk = new SimulatedFiles(0);
        using var log = LogFixture.Open(_disk);
        for (var i = 0; i < 3; i++)
        {
            LogFixture.Fill(log.Lanes[0], 10);
            await log.CommitAsync();
        }
    }

    [Test]
    public void Manifest_Lost_IsRefused()
    {
        _disk.Delete(StoreManifest.FileName);
        _disk.Delete(ManifestFiles.CopyName);

        Assert.That(() => LogFixture.Open(_disk), Damaged(StoreManifest.FileName));
    }

    [Test]
    public void Manifest_Empty_IsRefused()
    {
        _disk[StoreManifest.FileName] = _disk[ManifestFiles.CopyName] = [];

        Assert.That(() => LogFixture.Open(_disk), Damaged(StoreManifest.FileName));
    }

    [Test]
    public void Superblock_Lost_IsRefused()
    {
        _disk.Delete(Superblock.FileName);

        Assert.That(() => LogFixture.Open(_disk), Damaged(Superblock.FileName));
    }

    [Test]
    public void Superblock_BothSlotsDamaged_IsRefused()
    {
        Array.Clear(_disk[Superblock.FileName]);

        Assert.That(() => LogFixture.Open(_disk), Damaged(Superblock.FileName));
    }

    [Test]
    public void Superblock_OfAnotherStore_IsRefused()
    {
        var other = new SimulatedFiles(1);
        EventLog.Open(LogFixture.Options(other) with { StoreId = Guid.Empty }).Dispose();
        _disk[Superblock.FileName] = other[Superblock.FileName];

        Assert.That(() => LogFixture.Open(_disk), Damaged(Superblock.FileName));
    }

    [Test]
    public void Superblock_NewerSlotTorn_GivesTheOlderCut()
    {
        // Generations 0 and 1 are written at creation, so the third commit is generation 4 in slot 0.
        foreach (var copy in new[] { 0, Superblock.CopyBytes })
        {
            _disk[Superblock.FileName].AsSpan(copy + SuperblockCopy.LanesOffset + 8, 16).Fill(0xEE);
        }

        using var log = LogFixture.Open(_disk);

        Assert.That(LogFixture.CheckAll(log.Lanes[0]), Is.EqualTo(20));
    }

    [Test]
    public async Task Superblock_OlderSlotTorn_GivesTheNewerCutAndIsWrittenNext()
    {
        _disk[Superblock.FileName].AsSpan(Superblock.SlotBytes).Fill(0xEE);
        using (var log = LogFixture.Open(_disk))
        {
            Assert.That(LogFixture.CheckAll(log.Lanes[0]), Is.EqualTo(30));
            LogFixture.Fill(log.Lanes[0], 1);
            await log.CommitAsync();
        }

        _disk[Superblock.FileName].AsSpan(0, Superblock.SlotBytes).Fill(0xEE);
        using var again = LogFixture.Open(_disk);
        Assert.That(LogFixture.CheckAll(again.Lanes[0]), Is.EqualTo(31));
    }

    [Test]
    public void Directory_WithOtherFilesAndNoManifest_IsRefusedAndLeftAlone()
    {
        var disk = new SimulatedFiles(0);
        disk.Open("holiday.jpg", create: true).Dispose();

        Assert.That(() => LogFixture.Open(disk), Damaged(StoreManifest.FileName));
        Assert.That(disk.List(), Is.EqualTo(["holiday.jpg"]));
    }

    [Test]
    public void Directory_WithAnInterruptedCreation_BecomesAStore()
    {
        var disk = new SimulatedFiles(0);
        disk.Open(Superblock.FileName, create: true).Dispose();
        disk.Open(StoreManifest.UnfinishedName, create: true).Dispose();

        using var log = LogFixture.Open(disk);

        Assert.That(log.Durable[0], Is.EqualTo(LaneCut.Empty));
    }

    [Test]
    public void Manifest_OfALaterVersion_SaysSo()
    {
        var text = "klaviyo store 2\nsomething new\n";
        var checksum = Klaviyo.Storage.Files.Crc32C.Of(System.Text.Encoding.ASCII.GetBytes(text));
        _disk[StoreManifest.FileName] = System.Text.Encoding.ASCII.GetBytes($"{text}crc32c {checksum:x8}\n");

        Assert.That(
            () => LogFixture.Open(_disk),
            Damaged(StoreManifest.FileName).And.Message.Contains("another version"));
        Assert.That(_disk[StoreManifest.FileName], Does.Not.EqualTo(_disk[ManifestFiles.CopyName]), "an older library takes nothing back");
    }

    [Test]
    public void Open_Locked_IsRefused()
    {
        using var held = _disk.TryLock(StoreDirectory.LockName);

        Assert.That(() => LogFixture.Open(_disk), Throws.TypeOf<StoreLockedException>());
    }

    [TestCase(0)]
    [TestCase(65)]
    public void Create_LaneCountOutOfRange_IsRefused(int lanes) =>
        Assert.That(() => LogFixture.Open(new SimulatedFiles(0), lanes), Throws.TypeOf<ArgumentOutOfRangeException>());

    private static NUnit.Framework.Constraints.EqualStringConstraint Damaged(string file) =>
        Throws.TypeOf<StoreCorruptedException>().With.Property("File").EqualTo(file);
}
