using Klaviyo.Storage.Log;
using Klaviyo.Tests.Faults;

namespace Klaviyo.Tests.Storage.Log;

/// <summary>P1, P3: a slot that is lost whole takes no acknowledged record away in silence, and a torn one refuses no store.</summary>
public sealed class SuperblockSlotTests
{
    private const int Commits = 4;
    private const int RecordsACommit = 3;
    private const int All = Commits * RecordsACommit;

    private SimulatedFiles _disk = null!;
    private int _newest;

    private static IEnumerable<TestCaseData> WaysToLoseASlot()
    {
        yield return new TestCaseData((byte[] _) => new byte[Superblock.SlotBytes]).SetArgDisplayNames("zeros");
        yield return new TestCaseData((byte[] _) => Enumerable.Repeat((byte)0xEE, Superblock.SlotBytes).ToArray()).SetArgDisplayNames("EE");
        yield return new TestCaseData((byte[] log) => log.Concat(new byte[Superblock.SlotBytes]).Take(Superblock.SlotBytes).ToArray()).SetArgDisplayNames("of the log");
        yield return new TestCaseData((byte[] _) => Noise()).SetArgDisplayNames("noise");
    }

    [TestCaseSource(nameof(WaysToLoseASlot))]
    public async Task NewestSlot_Lost_IsRefused(Func<byte[], byte[]> lost)
    {
        await CreateAsync();
        lost(_disk["lane-0/log.0"]).CopyTo(Slot(_newest));
        AssertRefused();
    }

    [TestCaseSource(nameof(WaysToLoseASlot))]
    public async Task OlderSlot_Lost_TakesNothing(Func<byte[], byte[]> lost)
    {
        await CreateAsync();
        lost(_disk["lane-0/log.0"]).CopyTo(Slot(1 - _newest));
        AssertAll();
    }

    [Test]
    public async Task OneCopy_Lost_TakesNothing([Values(0, 1)] int slot, [Values(0, 1)] int copy)
    {
        await CreateAsync();
        Slot(slot).Slice(copy * Superblock.CopyBytes, Superblock.CopyBytes).Clear();
        AssertAll();
    }

    /// <summary>What no write changes is damaged in one copy.</summary>
    [Test]
    public async Task NewestSlot_WithBothCopiesDamaged_IsRefused_WhereATornWriteChangesNothing([Values(0, 9, 12, 20, 33, 39, 40, 44, 68, 2047)] int at)
    {
        await CreateAsync();
        Slot(_newest)[at] ^= 1;
        Slot(_newest)[SuperblockCopy.ChecksumOffset(1)] ^= 0x40;
        Slot(_newest)[Superblock.CopyBytes + SuperblockCopy.ChecksumOffset(1)] ^= 0x40;
        AssertRefused();
    }

    /// <summary>So is one in whose place the other was written.</summary>
    [Test]
    public async Task NewestSlot_UnderTheOlderOne_IsRefused()
    {
        await CreateAsync();
        Slot(1 - _newest).CopyTo(Slot(_newest));
        AssertRefused();
    }

    [Test]
    public async Task File_CutShortToOneSlot_IsRefusedOnlyWhereThatWasTheOlder([Values(Commits, Commits + 1)] int commits)
    {
        await CreateAsync(commits);
        _disk[Superblock.FileName] = _disk[Superblock.FileName][..Superblock.SlotBytes];
        if (_newest == 0)
        {
            AssertAll(commits * RecordsACommit);
        }
        else
        {
            AssertRefused();
        }
    }

    [Test]
    public async Task NewestSlot_OfACommitOfOneLane_Lost_IsRefused([Values(0, 1, 2)] int lane)
    {
        _disk = new SimulatedFiles(0);
        using (var log = LogFixture.Open(_disk, lanes: 3))
        {
            LogFixture.Fill(log.Lanes[0], RecordsACommit);
            await log.CommitAsync();
            LogFixture.Fill(log.Lanes[lane], 1);
            await log.CommitAsync();
        }

        FindNewest();
        Slot(_newest).Clear();
        AssertRefused(lanes: 3);
    }

    /// <summary>The record that shows it begins on the next page, or in the next segment.</summary>
    [Test]
    public async Task NewestSlot_OfACommitThatBeganAPage_Lost_IsRefused([Values(1, 2)] int pages)
    {
        _disk = new SimulatedFiles(0);
        using (var log = LogFixture.Open(_disk))
        {
            while (log.Lanes[0].Tail.Value + LogLayout.SpaceOf(5000) <= pages * LogFixture.PageBytes)
            {
                LogFixture.Fill(log.Lanes[0], 1, 5000);
            }

            await log.CommitAsync();
            LogFixture.Fill(log.Lanes[0], 1, 5000);
            Assert.That(log.Lanes[0].Tail.Value, Is.GreaterThan(pages * LogFixture.PageBytes));
            await log.CommitAsync();
        }

        FindNewest();
        Slot(_newest).Clear();
        AssertRefused();
    }

    [Test]
    public void Store_WithoutARecord_OpensWithEitherSlot([Values(0, 1)] int slot)
    {
        _disk = new SimulatedFiles(0);
        LogFixture.Open(_disk).Dispose();
        Slot(slot).Clear();
        AssertAll(records: 0);
    }

    /// <summary>A torn write of more lanes than fit into what a medium writes at once leaves neither copy whole.</summary>
    [TestCase(1)]
    [TestCase(19)]
    [TestCase(20)]
    [TestCase(64)]
    public async Task NewestSlot_TornAnywhere_GivesThisCutOrTheOneBefore(int lanes)
    {
        _disk = new SimulatedFiles(0);
        byte[] before = [];
        using (var log = LogFixture.Open(_disk, lanes))
        {
            for (var commit = 0; commit < Commits; commit++)
            {
                before = [.. _disk[Superblock.FileName]];
                foreach (var lane in log.Lanes)
                {
                    LogFixture.Fill(lane, RecordsACommit);
                }

                await log.CommitAsync();
            }
        }

        FindNewest();
        var random = new Random(lanes);
        for (var i = 0; i < 40; i++)
        {
            var torn = _disk.Clone();
            for (var at = 0; at < Superblock.SlotBytes; at += SimulatedFiles.SectorBytes)
            {
                Tear(torn[Superblock.FileName], before, (_newest * Superblock.SlotBytes) + at, random);
            }

            using var log = LogFixture.Open(torn, lanes);
            Assert.That(log.Lanes.Select(l => LogFixture.CheckAll(l)).Distinct().Single(), Is.EqualTo(All).Or.EqualTo(All - RecordsACommit));
        }
    }

    private static void Tear(byte[] bytes, byte[] before, int from, Random random)
    {
        var lot = random.Next(3);
        for (var at = from; at < from + SimulatedFiles.SectorBytes; at++)
        {
            bytes[at] = lot == 0 || bytes[at] == before[at] ? before[at] : lot == 1 ? bytes[at] : (byte)random.Next(256);
        }
    }

    private static byte[] Noise()
    {
        var noise = new byte[Superblock.SlotBytes];
        new Random(1).NextBytes(noise);
        return noise;
    }

    private async Task CreateAsync(int commits = Commits)
    {
        _disk = new SimulatedFiles(0);
        using (var log = LogFixture.Open(_disk))
        {
            for (var commit = 0; commit < commits; commit++)
            {
                LogFixture.Fill(log.Lanes[0], RecordsACommit);
                await log.CommitAsync();
            }
        }

        FindNewest();
    }

    private void FindNewest()
    {
        using var superblock = Superblock.Open(_disk, ManifestFiles.Load(_disk));
        _newest = (int)(superblock.Generation % 2);
    }

    private Span<byte> Slot(int slot) => _disk[Superblock.FileName].AsSpan(slot * Superblock.SlotBytes, Superblock.SlotBytes);

    private void AssertAll(int records = All)
    {
        using var log = LogFixture.Open(_disk);
        Assert.That(LogFixture.CheckAll(log.Lanes[0]), Is.EqualTo(records));
    }

    private void AssertRefused(int lanes = 1)
    {
        var before = _disk[Superblock.FileName].ToArray();
        Assert.That(
            () => LogFixture.Open(_disk, lanes),
            Throws.TypeOf<StoreCorruptedException>().With.Property("File").EqualTo(Superblock.FileName)
                .And.Message.Contains("--salvage").And.Message.Contains("backup").And.Message.Not.Contains("\n"));
        Assert.That(_disk[Superblock.FileName], Is.EqualTo(before));

        // And the directory is let go.
        Assert.That(() => LogFixture.Open(_disk, lanes), Throws.TypeOf<StoreCorruptedException>());
    }
}
