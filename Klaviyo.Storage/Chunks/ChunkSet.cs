using Klaviyo.Storage.Errors;
using Klaviyo.Storage.Files;
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
    private const int PieceBytes = 64 << 10;

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

    /// <summary>Gets how many bytes of a lane's log below an address <see cref="Covering"/> would have to read.</summary>
    internal long Uncovered(int lane, LogAddress until) =>
        _tails[lane].Uncovered(_options.Log.Lanes[lane].Begin.Value, until.Value);

    /// <summary>Makes a chunk and its file, in place of the chunks that cover parts of it.</summary>
    /// <param name="range">The stretch that is to be covered; where it is long, the chunk ends earlier.</param>
    /// <param name="between">Called again and again meanwhile; gives the making up by throwing.</param>
    /// <returns>What the chunk covers.</returns>
    internal ChunkRange Make(ChunkRange range, Action between)
    {
        using (var image = Build(ref range, _options.LogBytes, between))
        {
            _folder.Write(range, image.Written);
        }

        Chunk[] replaced;
        lock (_gate)
        {
            replaced = _lanes[range.Lane].AddUnderGate(new Chunk(_options.Files, range, _options.Store, Cache));
            foreach (var chunk in replaced)
            {
                _folder.Delete(chunk.Range.Name);
            }

            _folder.Keep(range.Name);
        }

        Array.ForEach(replaced, Close);
        return range;
    }

    /// <summary>Makes a chunk that lies in memory only; as <see cref="Make"/>, it may end before the stretch does.</summary>
    internal Chunk MakeInMemory(ChunkRange range)
    {
        using var image = Build(ref range, _options.LogBytes, () => { });
        return new Chunk(image.ToArray(), range, _options.Store, Cache);
    }

    /// <summary>Drops a chunk and its file, to be made again from the log.</summary>
    /// <returns>False where there is no such chunk any more.</returns>
    internal bool Drop(ChunkRange range)
    {
        Chunk? dropped;
        lock (_gate)
        {
            dropped = _lanes[range.Lane].Find(range.From);
            if (_disposed || dropped?.Range != range)
            {
                return false;
            }

            _lanes[range.Lane].RemoveUnderGate(dropped);
            _folder.Delete(range.Name);
        }

        Close(dropped);
        return true;
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
    /// <exception cref="IOException">A file of them, now or earlier, could not be deleted.</exception>
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

        // Also those that were not wanted any more for other reasons: they hold events of the same people.
        lock (_gate)
        {
            _folder.DeleteLeft(lane);
        }
    }

    /// <summary>Reads every chunk and compares it with what the log gives, until one differs, which is dropped.</summary>
    /// <returns>The first that differs, in one line; null where all are well.</returns>
    internal string? FirstProblem()
    {
        foreach (var chunk in _lanes.SelectMany(lane => lane.All.ToArray()))
        {
            // One that a larger one took the place of meanwhile has no file any more, and nothing is wrong.
            if (!IsWhatTheLogGives(chunk) && Drop(chunk.Range))
            {
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

    // Ends behind the record with which the chunk has as much as it may cover.
    private ChunkImage Build(ref ChunkRange range, long logBytes, Action between)
    {
        const int recordsAStep = 1024;
        using var builder = new ChunkBuilder();
        using var scan = _options.Log.Lanes[range.Lane].Scan(new LogAddress(range.From), new LogAddress(range.Until));
        for (var records = 0; scan.Next.Value - range.From < logBytes && scan.MoveNext(); records++)
        {
            Add(builder, scan.Current, range.Lane);
            if (records % recordsAStep == 0)
            {
                between();
            }
        }

        range = range with { Until = scan.Next.Value };
        return builder.Build(_options.Store, range, between);
    }

    private void Add(ChunkBuilder builder, in LogRecord record, int lane)
    {
        try
        {
            builder.Add(record);
        }
        catch (Exception fault) when (WrongContent.IsBehind(fault))
        {
            throw _options.Log.Lanes[lane].Unreadable(record.Address, fault);
        }
    }

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
        var range = chunk.Range;
        using var expected = Build(ref range, long.MaxValue, () => { });
        try
        {
            using var file = _options.Files.Open(chunk.Range.Name);
            return Holds(file, expected.Written);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static bool Holds(IStorageFile file, ReadOnlySpan<byte> expected)
    {
        var piece = new byte[Math.Min(PieceBytes, expected.Length)];
        var isSame = file.Length == expected.Length;
        for (var offset = 0; isSame && offset < expected.Length; offset += piece.Length)
        {
            var next = expected.Slice(offset, Math.Min(piece.Length, expected.Length - offset));
            file.Read(offset, piece.AsSpan(0, next.Length));
            isSame = next.SequenceEqual(piece.AsSpan(0, next.Length));
        }

        return isSame;
    }

    private void Close(Chunk chunk)
    {
        Cache.Forget(chunk);
        chunk.Dispose();
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
