using Klaviyo.Json;
using Klaviyo.Storage.Files;

namespace Klaviyo;

/// <summary>How a store is opened. Checked once, when it is.</summary>
public record CustomerDatabaseOptions
{
    /// <summary>Gets the clock: the only one that the store reads.</summary>
    /// <value>The default is the system's clock. Tests pass a virtual one.</value>
    public TimeProvider Clock { get; init; } = SystemClock;

    /// <summary>Gets the account's time zone, which decides calendar days, weeks, months and years.</summary>
    /// <value>An IANA name. The default is <c>UTC</c>.</value>
    /// <remarks>
    /// It may be another at the next opening. Segments by name are built again then, in the background; questions are answered exactly
    /// meanwhile.
    /// </remarks>
    public string TimeZone { get; init; } = "UTC";

    /// <summary>Gets into how many lanes a new store is divided: slices with a lock and a log of their own.</summary>
    /// <value>1 to 64. The default is 1. An existing store keeps the number that it was created with.</value>
    /// <remarks>
    /// More lanes let more threads write single events at a time. Batches take all lanes, so they gain nothing.
    /// </remarks>
    public int Lanes { get; init; } = 1;

    /// <summary>Gets the memory that the store may take.</summary>
    /// <value>
    /// Bytes. The default is a quarter of what the process may use, at least 256 MiB. At least 64 MiB; below 256 MiB the
    /// runtime itself takes more than its share.
    /// </value>
    /// <remarks>
    /// <para>Above it, the profiles that were not touched for longest leave memory: the same answers, after one or two reads of
    /// the disk.</para>
    /// <para>The code, the runtime and buffers, some 110 MiB, are counted in. What a host keeps of its own is not.</para>
    /// </remarks>
    public long MemoryBytesMax { get; init; } = DefaultMemoryBytes;

    /// <summary>Gets after how many records a checkpoint is written by itself.</summary>
    /// <value>Records. The default is 4 million. At least 1000.</value>
    /// <remarks>
    /// An opening after a crash replays about so many records; of a store whose checkpoint is longer than their log, as many as are as long
    /// as that. A closing writes a checkpoint always.
    /// </remarks>
    public long CheckpointEveryRecords { get; init; } = 4_000_000;

    /// <summary>Gets the size of a log page in memory.</summary>
    /// <value>Bytes, a power of two from 64 KiB to 64 MiB. The default is 4 MiB. No event can be larger.</value>
    public int LogPageBytes { get; init; } = 4 << 20;

    /// <summary>Gets the size of one file of the log.</summary>
    /// <value>Bytes, a power of two, at least two pages. The default is 1 GiB.</value>
    public long LogSegmentBytes { get; init; } = 1L << 30;

    /// <summary>Gets the memory that the index may take, by itself, so that tests can make it tiny; null for what is left.</summary>
    internal long? IndexBytesMax { get; init; }

    /// <summary>Gets the bytes of a cold file.</summary>
    internal long ColdFileBytes { get; init; } = 64 << 20;

    /// <summary>Gets whether checkpoints are taken beside the writers; tests that replay a seed take them in turn.</summary>
    internal bool BackgroundCheckpoints { get; init; } = true;

    /// <summary>Gets whether a worker looks after segments; tests that replay a seed do it in turn.</summary>
    internal bool BackgroundSegments { get; init; } = true;

    /// <summary>Gets how much log a column chunk covers.</summary>
    /// <value>Bytes. The default is 32 MiB: some 250,000 events.</value>
    internal long ChunkLogBytes { get; init; } = 32 << 20;

    /// <summary>Gets what saved definitions may need beside their text, e.g. where postal codes are.</summary>
    /// <value>The default is nothing: conditions that need it hold for nobody.</value>
    /// <remarks>
    /// Give the same every time that the store is opened: the answers depend on it, and the store does not keep it. After a change,
    /// define the segments anew that ask for it.
    /// </remarks>
    public DefinitionEnvironment Environment { get; init; } = DefinitionEnvironment.Empty;

    /// <summary>Gets how much of the column chunks may stay in memory.</summary>
    /// <value>Bytes. The default is 256 MiB.</value>
    internal long ChunkCacheBytes { get; init; } = 256 << 20;

    /// <summary>Gets how long work that nobody waits for is run; at once in tests that must replay.</summary>
    /// <remarks>On a thread of its own: a thread of the pool is one of as many as there are cores, and commits need them.</remarks>
    internal Func<Action, Task> RunBeside { get; init; } = work =>
        Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Gets how work of less than a millisecond is run that is good to have and never waited for.</summary>
    internal Func<Action, Task> RunAhead { get; init; } = Task.Run;

    /// <summary>Gets the files to keep the store in; null for a directory of the operating system.</summary>
    internal IStorageFiles? Files { get; init; }

    private static long DefaultMemoryBytes => Math.Max(256L << 20, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4);

    private static TimeProvider SystemClock
    {
        get
        {
#pragma warning disable RS0030 // The one place that names the system's clock: the default of the option.
            return TimeProvider.System;
#pragma warning restore RS0030
        }
    }

    /// <summary>Checks every option.</summary>
    /// <exception cref="ArgumentException">An option is out of range; the message names it, its value and the range.</exception>
    internal void Validate()
    {
        ArgumentNullException.ThrowIfNull(Clock);
        ArgumentNullException.ThrowIfNull(Environment);
        _ = AccountZone.Of(TimeZone);
        ThrowIfOutside(Lanes, 1, 64, nameof(Lanes));
        ThrowIfOutside(MemoryBytesMax, 64L << 20, long.MaxValue, nameof(MemoryBytesMax));
        ThrowIfOutside(CheckpointEveryRecords, 1000, long.MaxValue, nameof(CheckpointEveryRecords));
        ThrowIfOutside(LogPageBytes, 64 << 10, 64 << 20, nameof(LogPageBytes));
        ThrowIfOutside(LogSegmentBytes, 2L * LogPageBytes, 1L << 40, nameof(LogSegmentBytes));
    }

    private static void ThrowIfOutside(long value, long least, long most, string name)
    {
        if (value < least || value > most)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; it must be {least} to {most}.");
        }
    }
}
