namespace Klaviyo.Bench.Crash;

/// <summary>One store of a <see cref="CrashRun"/>, and what is known of it.</summary>
internal sealed class CrashStore
{
    internal const int Writers = 3;
    private readonly int[] _acknowledged = new int[Writers];

    internal CrashStore(string path, int seed, bool earlyAcks)
    {
        (Path, Seed, EarlyAcks) = (path, seed, earlyAcks);
        Scripts = [.. Enumerable.Range(0, Writers).Select(writer => new CrashScript(seed, writer))];
        Lanes = 1 + (seed % 3);
    }

    internal string Path { get; }

    internal int Seed { get; }

    internal bool EarlyAcks { get; }

    internal int Lanes { get; }

    internal IReadOnlyList<CrashScript> Scripts { get; }

    internal IReadOnlyList<int> AcknowledgedSteps => _acknowledged;

    internal int Acknowledged => _acknowledged.Sum();

    /// <summary>Gets or sets what the fork of this life must hold at least; null where none was acknowledged.</summary>
    internal IReadOnlyList<int>? ForkedSteps { get; set; }

    /// <summary>Takes note of an acknowledgement: the steps of a writer up to a number are durable.</summary>
    internal void Acknowledge(int writer, int steps) => _acknowledged[writer] = Math.Max(_acknowledged[writer], steps);

    /// <summary>What was found is what the next process goes on from, acknowledged or not.</summary>
    internal void Continue(IReadOnlyList<int> steps)
    {
        for (var writer = 0; writer < Writers; writer++)
        {
            Acknowledge(writer, steps[writer]);
        }
    }

    /// <summary>Gets where a process that is to be killed forks a store to.</summary>
    internal static string ForkOf(string path) => path + ".fork";

    internal CustomerDatabaseOptions RandomOptions(Random random, int life) => RandomOptions(random, Lanes, life);

    /// <summary>Gives options that make seldom things happen often.</summary>
    internal static CustomerDatabaseOptions RandomOptions(Random random, int lanes, int life)
    {
        var page = 64 << (10 + random.Next(3));
        return new CustomerDatabaseOptions
        {
            Clock = new CrashClock(life),
            Lanes = lanes,
            LogPageBytes = page,
            LogSegmentBytes = (long)page << (1 + random.Next(3)),
            CheckpointEveryRecords = random.Next(1000, 6000),
            BackgroundCheckpoints = random.Next(4) > 0,
            IndexBytesMax = random.Next(2) == 0 ? null : random.Next(1000, 200_000),
            ColdFileBytes = random.Next(4096, 200_000),
            ChunkLogBytes = random.Next(3) == 0 ? 32 << 20 : random.Next(20_000, 500_000),
        };
    }

    internal void CopyTo(string target)
    {
        // A process that was killed early has not even made the directory.
        Directory.CreateDirectory(Path);
        Directory.CreateDirectory(target);
        foreach (var file in Directory.EnumerateFiles(Path, "*", SearchOption.AllDirectories))
        {
            var copy = System.IO.Path.Combine(target, System.IO.Path.GetRelativePath(Path, file));
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }
}
