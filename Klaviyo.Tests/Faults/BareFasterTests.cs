using System.Buffers.Binary;
using FASTER.core;
using Klaviyo.Storage.Log;
using Klaviyo.Tests.Storage.Log;

namespace Klaviyo.Tests.Faults;

/// <summary>
/// The controls for the log: what FasterLog does by itself, with its own defaults. Each of these is why something stands
/// around it in <c>Klaviyo.Storage/Log</c>. When one of them fails, FASTER has learned something, and there is less to do.
/// A sixth, the flipped bit of the commit file, has a file of its own.
/// </summary>
[NonParallelizable] // Leaves exceptions that nobody sees.
public sealed class BareFasterTests
{
    private const int Count = 1000;
    private static readonly TimeSpan AWhile = TimeSpan.FromSeconds(1);

    private StoreFolder _folder = null!;

    [SetUp]
    public void Create() => _folder = new StoreFolder();

    [TearDown]
    public void Delete() => _folder.Dispose();

    /// <summary>Where the commit file cannot be written, commits are acknowledged all the same, and nothing is there.</summary>
    [Test]
    public async Task Commit_WhoseFileCannotBeWritten_IsAcknowledged()
    {
        using (var manager = new DeviceLogCommitCheckpointManager(new FullDisk(), new DefaultCheckpointNamingScheme("commits")))
        using (var device = Devices.CreateLogDevice(_folder.Name("log")))
        using (var log = new FasterLog(new FasterLogSettings { LogDevice = device, LogCommitManager = manager }))
        {
            Fill(log, Count);
            await log.CommitAsync();
            Assert.That(log.CommittedUntilAddress, Is.EqualTo(log.TailAddress), "acknowledged");
        }

        using var again = Devices.CreateLogDevice(_folder.Name("log"));
        using var found = new FasterLog(new FasterLogSettings { LogDevice = again, LogCommitDir = _folder.Name("commits") });
        Assert.That(Numbers(found), Is.Empty);
    }

    /// <summary>A commit file that cannot be read makes an empty log of a full one.</summary>
    [Test]
    public void Open_WithADamagedCommitFile_IsAnEmptyLog()
    {
        using (var log = new FasterLog(new FasterLogSettings(_folder.Path)))
        {
            Fill(log, Count);
            log.Commit(spinWait: true);
        }

        var commit = Directory.GetFiles(_folder.Name("log-commits")).Single();
        File.WriteAllBytes(commit, new byte[new FileInfo(commit).Length]);

        using var again = new FasterLog(new FasterLogSettings(_folder.Path));
        Assert.That(Numbers(again), Is.Empty);
    }

    /// <summary>A commit manager that throws leaves whoever waits for the commit waiting.</summary>
    [Test]
    public void Commit_WhoseManagerThrows_NeverEnds()
    {
        using var device = Devices.CreateLogDevice(_folder.Name("log"));
        var log = new FasterLog(new FasterLogSettings { LogDevice = device, LogCommitManager = new ThrowingManager() });
        Fill(log, 1);
        var waiting = Task.Run(async () => await log.CommitAsync());

        // What never ends cannot be waited for; a second is a thousand times what a commit takes.
        Assert.That(async () => await waiting.WaitAsync(AWhile), Throws.TypeOf<TimeoutException>());
    }

    /// <summary>The checksum of an entry is an exclusive or of words: words may change places.</summary>
    [Test]
    public void Scan_WithTwoWordsExchanged_GivesOtherDataInSilence()
    {
        var payload = LogFixture.Payload(1, 64);
        using (var log = new FasterLog(Checked()))
        {
            log.Enqueue(payload);
            log.Commit(spinWait: true);
        }

        var file = Directory.GetFiles(_folder.Path).Single();
        var bytes = File.ReadAllBytes(file);
        var at = bytes.AsSpan().IndexOf(payload);
        var word = bytes.AsSpan(at, 8).ToArray();
        bytes.AsSpan(at + 8, 8).CopyTo(bytes.AsSpan(at));
        word.CopyTo(bytes, at + 8);
        File.WriteAllBytes(file, bytes);

        using var again = new FasterLog(Checked());
        Assert.That(Entries(again).Single(), Is.Not.EqualTo(payload));
    }

    /// <summary>
    /// With fast commits, what is found after a power cut may have a hole: what is missing of a page whose write was torn is
    /// passed over in silence, and what was written behind it is found.
    /// </summary>
    [Test]
    public void Open_AfterAPageWasTorn_InFastCommitMode_HasAHole()
    {
        const int PageBytes = 4096;
        const int SectorBytes = 512;
        using (var log = new FasterLog(Fast()))
        {
            for (var i = 0; i < 100; i++)
            {
                Fill(log, 1, first: i);
                log.Commit(spinWait: true);
            }
        }

        // Several pages are written at a time, so the third may be on the disk and the second only in part.
        var file = Directory.GetFiles(_folder.Path).Single();
        var bytes = File.ReadAllBytes(file);
        bytes.AsSpan(PageBytes + (2 * SectorBytes), PageBytes - (2 * SectorBytes)).Clear();
        File.WriteAllBytes(file, bytes);

        using var again = new FasterLog(Fast());
        var found = Numbers(again);
        Assert.That(found[^1] - found[0] + 1, Is.GreaterThan(found.Count), "a hole");
    }

    private static void Fill(FasterLog log, int count, long first = 0)
    {
        for (var i = 0; i < count; i++)
        {
            log.Enqueue(LogFixture.Payload(first + i, 200));
        }
    }

    private static List<long> Numbers(FasterLog log) => [.. Entries(log).Select(e => BinaryPrimitives.ReadInt64LittleEndian(e))];

    private static List<byte[]> Entries(FasterLog log)
    {
        using var scan = log.Scan(log.BeginAddress, log.TailAddress);
        var entries = new List<byte[]>();
        while (scan.GetNext(out var entry, out _, out _))
        {
            entries.Add(entry);
        }

        return entries;
    }

    private FasterLogSettings Checked() => new(_folder.Path) { LogChecksum = LogChecksumType.PerEntry };

    private FasterLogSettings Fast() =>
        new(_folder.Path) { FastCommitMode = true, LogChecksum = LogChecksumType.PerEntry, PageSize = 4096, MemorySize = 1 << 16, SegmentSize = 1 << 20 };

    // Every write fails as on a full disk.
    private sealed class FullDisk : INamedDeviceFactory
    {
        private const uint NoSpace = 28;

        public void Initialize(string baseName)
        {
        }

        public IDevice Get(FileDescriptor fileInfo) => new Device();

        public IEnumerable<FileDescriptor> ListContents(string path) => [];

        public void Delete(FileDescriptor fileInfo)
        {
        }

        private sealed class Device() : StorageDeviceBase("full", LaneDevice.SectorBytes, Devices.CAPACITY_UNSPECIFIED)
        {
            public override void WriteAsync(IntPtr sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite,
                DeviceIOCompletionCallback callback, object context) => callback(NoSpace, 0, context);

            public override void ReadAsync(int segmentId, ulong sourceAddress, IntPtr destinationAddress, uint readLength,
                DeviceIOCompletionCallback callback, object context) => callback(NoSpace, 0, context);

            public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result) => callback(result);

            public override void Dispose()
            {
            }
        }
    }

    private sealed class ThrowingManager : ILogCommitManager
    {
        public void Commit(long beginAddress, long untilAddress, byte[] commitMetadata, long commitNum, bool forceWriteMetadata) =>
            throw new IOException("The disk is full.");

        public IEnumerable<long> ListCommits() => [];

        public byte[] GetCommitMetadata(long commitNum) => [];

        public void RemoveCommit(long commitNum)
        {
        }

        public void RemoveAllCommits()
        {
        }

        public void OnRecovery(long commitNum)
        {
        }

        public void Dispose()
        {
        }
    }
}
