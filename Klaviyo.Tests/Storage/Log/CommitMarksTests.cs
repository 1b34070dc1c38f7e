using Klaviyo.Storage.Log;
using Klaviyo.Tests.Faults;
using Klaviyo.Tests.Storage.Database;
using Microsoft.Extensions.Time.Testing;

namespace Klaviyo.Tests.Storage.Log;

/// <summary>P1, P3: what ends a commit of a single lane is in its log; the superblock, that may be older, adds nothing but the beginning.</summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class CommitMarksTests
{
    // Each has a sector of its own, and more.
    private const int RecordBytes = 1200;

    // The first record of a log then ends where a sector does.
    private const int SectorsBytes = (3 * 512) - (int)LogLayout.FirstAddress - RecordHeader.EntryBytes;

    private readonly SimulatedFiles _disk = new(0);
    private byte[] _superblock = [];

    [SetUp]
    public void Create()
    {
        using var log = LogFixture.Open(_disk);
        _superblock = [.. _disk[Superblock.FileName]];
    }

    [Test]
    public async Task OldSuperblock_TakesNothing([Values(1, 2, 30)] int commits)
    {
        await CommitAsync(commits);
        using var log = OpenBehindOldSuperblock();
        Assert.That(log.Durable[0].LastSequence, Is.EqualTo(2 * commits));
    }

    [Test]
    public async Task RecordOfTheLastCommit_Damaged_IsTakenForTorn()
    {
        var addresses = await CommitAsync(3);
        _disk["lane-0/log.0"][addresses[2].Value + 30] ^= 1;
        using var log = OpenBehindOldSuperblock();
        Assert.That(log.Durable[0].LastSequence, Is.EqualTo(4));
    }

    [Test]
    public async Task RecordOfAnEarlierCommit_Damaged_IsRefused([Values(0, 1)] int commit)
    {
        var addresses = await CommitAsync(3);
        _disk["lane-0/log.0"][addresses[commit].Value + 30] ^= 1;
        Assert.That(
            OpenBehindOldSuperblock,
            Throws.TypeOf<StoreCorruptedException>().With.Property("Address").EqualTo(addresses[commit].Value));
    }

    // Of a commit that was torn in front, the records and the mark at its end may be whole. What the next life writes in front of them
    // must not make them count again; here it ends with its sector, so that it overwrites nothing of them.
    [Test]
    public async Task WhatATornCommitHasLeft_IsOfNoLaterLife()
    {
        LogAddress torn;
        using (var log = LogFixture.Open(_disk))
        {
            log.Mend();
            torn = log.Lanes[0].Append(1, new byte[SectorsBytes]);
            log.Lanes[0].Append(1, new byte[RecordBytes]);
            await log.CommitAsync(log.CutToCommit());
        }

        _disk["lane-0/log.0"][torn.Value + 30] ^= 1;
        _superblock.CopyTo(_disk[Superblock.FileName], 0);
        using (var log = LogFixture.Open(_disk))
        {
            log.Mend();
            Assert.That(log.Durable[0].IsEmpty);
            log.Lanes[0].Append(1, Enumerable.Repeat((byte)7, SectorsBytes).ToArray());
            await log.CommitAsync(log.Cut());
        }

        using var again = OpenBehindOldSuperblock();
        Assert.That(again.Durable[0].LastSequence, Is.Zero, "no mark ends what the second life wrote");
    }

    [Test]
    public async Task Superblock_OfManyCommits_IsWrittenInTime()
    {
        await CommitAsync(300);
        var slots = Enumerable.Range(0, 2).Select(slot => SuperblockCopy.Read(
            _disk[Superblock.FileName].AsSpan(slot * Superblock.SlotBytes), ManifestFiles.Load(_disk))!);
        Assert.That(slots.Select(s => s.Cut[0].LastSequence), Is.EquivalentTo(new[] { 514, 600 }));
    }

    [Test]
    public async Task Superblock_OfAClosedStore_SaysAll([Range(0, 9)] int seed)
    {
        var disk = new SimulatedFiles(seed);
        await using (var database = await DatabaseFixture.OpenAsync(disk, new FakeTimeProvider(DatabaseFixture.Start.ToDateTimeOffset())))
        {
            await database.TrackAsync("email:ada@example.com", "Placed Order");
            await database.TrackAsync("email:ada@example.com", "Placed Order");
        }

        disk = disk.AfterPowerCut();
        var manifest = ManifestFiles.Load(disk);
        using var superblock = Superblock.Open(disk, manifest);
        Assert.That(superblock.Durable[0], Is.EqualTo(CommitMarks.Follow(disk, manifest, LogCut.Empty(1))[0]));
    }

    private async Task<List<LogAddress>> CommitAsync(int commits)
    {
        var addresses = new List<LogAddress>();
        using var log = LogFixture.Open(_disk);
        log.Mend();
        for (var i = 0; i < commits; i++)
        {
            addresses.Add(log.Lanes[0].Append(1, new byte[RecordBytes]));
            await log.CommitAsync(log.CutToCommit());
        }

        return addresses;
    }

    private EventLog OpenBehindOldSuperblock()
    {
        _superblock.CopyTo(_disk[Superblock.FileName], 0);
        return LogFixture.Open(_disk);
    }
}
