using Klaviyo.Storage.Log;

namespace Klaviyo.Storage.Chunks;

/// <summary>All chunks of a store. They come and go, and no answer depends on which there are, only its time.</summary>
/// <remarks>
/// <para>Chunks cover durable stretches of the log only, so none is ever ahead of what a crash leaves.</para>
/// <para>A chunk that cannot be read, or is damaged, is dropped on the spot and made again from the log.</para>
/// </remarks>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class ChunkSet : IDisposable
{
    private readonly System.Threading.Lock _gate = new();
    private readonly ChunkOptions _options;
    private readonly ChunkFolder _folder;
    private readonly LaneChunks[] _lanes;
    private readonly TailChunks[] _tails;
    private bool _disposed;

    internal ChunkSet(ChunkOptions options)
    {
        _options = options;
        _folder = new ChunkFolder(options);
        Cache = new ChunkCache(options.CacheBytes);
        _lanes = [.. options.Log.Lanes.Select(lane => Open(lane.Lane))];
        _tails = [.. options.Log.Lanes.Select(lane => new TailChunks(this, options, lane.Lane))];
        Maker = new ChunkMaker(this, options);
    }

    /// <summary>Gets what keeps the chunks up with the log.</summary>
    internal ChunkMaker Maker { get; }

    internal ChunkCache Cache { get; }

    internal LaneChunks this[int lane] => _lanes[lane];

    /// <summary>Gets the bytes of the files.</summary>
    internal long FileBytes => _lanes.Sum(lane => lane.All.ToArray().Sum(LengthOf));

    /// <summary>Gets chunks that together hold every event of a lane below an address, whether they have files or not.</summary>
    internal List<Chunk> Covering(int lane, LogAddress until) =>
        _tails[lane].Covering(_options.Log.Lanes[lane].Begin.Value, until.Value);

    /// <summary>Makes a chunk of a stretch of the log, without a file.</summary>
    internal byte[] Build(ChunkRange range, CancellationToken cancellationToken = default)
    {
        const int recordsAStep = 1024;
        var builder = new ChunkBuilder();
        using var scan = Scan(range);
        for (var records = 0; scan.MoveNext(); records++)
        {
            builder.Add(scan.Current);
            if (records % recordsAStep == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return builder.Build(_options.Store, range);
    }

    /// <summary>Gets where a chunk that begins at an address has to end: behind a record, and not later than asked.</summary>
    internal ChunkRange Cut(int lane, long from, long until)
    {
        if (until - from <= _options.LogBytes)
        {
            return new ChunkRange(lane, from, until);
        }

        using var scan = Scan(new ChunkRange(lane, from, until));
        while (scan.MoveNext() && scan.Next.Value - from < _options.LogBytes)
        {
        }

        return new ChunkRange(lane, from, scan.Next.Value);
    }

    /// <summary>Makes a chunk and its file.</summary>
    internal void Make(ChunkRange range, CancellationToken cancellationToken)
    {
        var image = Build(range, cancellationToken);
        _folder.Write(range, image.AsSpan(0, image.Length - ChunkPart.Slack));
        lock (_gate)
        {
            _lanes[range.Lane].AddUnderGate(new Chunk(_options.Files, range, _options.Store, Cache));
        }
    }

    /// <summary>Makes a chunk that lies in memory only.</summary>
    internal Chunk MakeInMemory(ChunkRange range) => new(Build(range), range, _options.Store, Cache);

    /// <summary>Drops a chunk and its file, to be made again from the log.</summary>
    internal void Drop(ChunkRange range)
    {
        Chunk? dropped;
        lock (_gate)
        {
            dropped = _lanes[range.Lane].Find(range.From);
            if (_disposed || dropped?.Range != range)
            {
                return;
            }

            _lanes[range.Lane].RemoveUnderGate(dropped);
            _folder.Delete(range.Name);
        }

        Cache.Forget(dropped);
        dropped.Dispose();
    }

    /// <summary>Drops every chunk that covers any of a stretch of the log: it was rewritten.</summary>
    internal void Forget(int lane, LogAddress from, LogAddress until)
    {
        _tails[lane].Forget();
        foreach (var chunk in _lanes[lane].All)
        {
            if (chunk.Range.Overlaps(from.Value, until.Value))
            {
                Drop(chunk.Range);
            }
        }
    }

    /// <summary>Drops every chunk that holds an event of any profile of a set: they were erased.</summary>
    /// <param name="lane">The lane of the profiles.</param>
    /// <param name="isErased">Tells of an ordinal whether it was erased.</param>
    /// <remarks>Call it when the log has been rewritten: what is read from then on is read from there.</remarks>
    internal void Forget(int lane, Func<int, bool> isErased)
    {
        _tails[lane].Forget();
        foreach (var chunk in _lanes[lane].All)
        {
            if (HoldsAny(chunk, isErased))
            {
                Drop(chunk.Range);
            }
        }
    }

    /// <summary>Reads every chunk and compares it with what the log gives, until one differs, which is dropped.</summary>
    /// <returns>The first that differs, in one line; null where all are well.</returns>
    internal string? FirstProblem()
    {
        foreach (var chunk in _lanes.SelectMany(lane => lane.All.ToArray()))
        {
            if (!IsWhatTheLogGives(chunk))
            {
                Drop(chunk.Range);
                return $"{chunk.Range.Name}: the chunk is damaged; it is not needed, and the next one replaces it.";
            }
        }

        return null;
    }

    public void Dispose()
    {
        Maker.Dispose();
        lock (_gate)
        {
            _disposed = true;
        }

        foreach (var chunk in _lanes.SelectMany(lane => lane.All.ToArray()))
        {
            chunk.Dispose();
        }
    }

    private LaneChunks Open(int lane)
    {
        var chunks = new LaneChunks();
        foreach (var range in _folder.Find(lane))
        {
            chunks.AddUnderGate(new Chunk(_options.Files, range, _options.Store, Cache));
        }

        return chunks;
    }

    private LogScan Scan(ChunkRange range) =>
        _options.Log.Lanes[range.Lane].Scan(new LogAddress(range.From), new LogAddress(range.Until));

    private static bool HoldsAny(Chunk chunk, Func<int, bool> isErased)
    {
        try
        {
            foreach (var metric in chunk.Metrics)
            {
                if (metric.Index.HasAny(isErased))
                {
                    return true;
                }
            }

            return false;
        }
        catch (ChunkUnreadableException)
        {
            // What cannot be read may hold anything.
            return true;
        }
    }

    private bool IsWhatTheLogGives(Chunk chunk)
    {
        var expected = Build(chunk.Range).AsSpan();
        expected = expected[..^ChunkPart.Slack];
        try
        {
            using var file = _options.Files.Open(chunk.Range.Name);
            var bytes = new byte[file.Length];
            file.Read(0, bytes);
            return expected.SequenceEqual(bytes);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static long LengthOf(Chunk chunk)
    {
        try
        {
            return chunk.Length();
        }
        catch (ChunkUnreadableException)
        {
            return 0;
        }
    }
}
