using FASTER.core;
using Klaviyo.Storage.Log;
using Klaviyo.Tests.Storage.Log;

namespace Klaviyo.Tests.Faults;

/// <summary>
/// The control for the superblock: one flipped bit in the file that says what was committed. FasterLog with its own
/// commit manager opens without a word and has lost every acknowledged record; the store has them all.
/// </summary>
public sealed class FlippedCommitBitTests
{
    private const int Count = 1000;

    // Length (4), version (4), checksum (8), then the begin address, of which the flipped bit adds 64 KiB.
    private const int BeginAddressOffset = 16;
    private const int FlippedByte = BeginAddressOffset + 2;

    private StoreFolder _folder = null!;

    [SetUp]
    public void Create() => _folder = new StoreFolder();

    [TearDown]
    public void Delete() => _folder.Dispose();

    [Test]
    public void FasterLog_ByItself_LosesEveryRecordInSilence()
    {
        using (var log = new FasterLog(Defaults()))
        {
            for (var i = 0; i < Count; i++)
            {
                log.Enqueue(LogFixture.Payload(i, 20));
            }

            log.Commit(spinWait: true);
        }

        Flip(Directory.GetFiles(_folder.Name("log-commits")).Single(), FlippedByte);

        using var again = new FasterLog(Defaults());
        Assert.That(CountOf(again), Is.LessThan(Count));
    }

    [Test]
    public async Task Store_ABitOfEveryByteOfTheSuperblock_KeepsEveryRecord()
    {
        var disk = new SimulatedFiles(0);
        using (var log = LogFixture.Open(disk))
        {
            LogFixture.Fill(log.Lanes[0], Count - 1, 20);
            await log.CommitAsync();
            LogFixture.Fill(log.Lanes[0], 1, 20);
            await log.CommitAsync();
        }

        for (var i = 0; i < 2 * Superblock.SlotBytes; i++)
        {
            var damaged = disk.Clone();
            damaged[Superblock.FileName][i] ^= (byte)(1 << (i % 8));
            using var again = LogFixture.Open(damaged);
            Assert.That(again.Lanes[0].LastSequence, Is.EqualTo(Count), $"byte {i}");
        }
    }

    private static int CountOf(FasterLog log)
    {
        using var scan = log.Scan(log.BeginAddress, log.TailAddress);
        var count = 0;
        while (scan.GetNext(out _, out _, out _))
        {
            count++;
        }

        return count;
    }

    private static void Flip(string path, int offset)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[offset] ^= 1;
        File.WriteAllBytes(path, bytes);
    }

    private FasterLogSettings Defaults() => new(_folder.Path);
}
