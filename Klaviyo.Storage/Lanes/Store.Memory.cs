namespace Klaviyo.Storage.Lanes;

// The memory option is for all that the store keeps: what is not the index is taken off first.
internal sealed partial class Store
{
    // The runtime and its code, two rings of pages (ours and FASTER's), buffers.
    private const long BaseBytes = 112 << 20;
    private const int CollectorShareMax = 4;
    private const int IndexShareMin = 8;
    private const int IdentifierShareMax = 8;
    private const int LogShare = 32;
    private const long LogBytesMax = 16 << 20;
    private const int ChunkShare = 16;

    // Two while a second one is made from the log, to be compared with the first.
    private int _indexes = 1;

    private long _collectorBytes;
    private int _collections = -1;

    /// <summary>Gets how much of the memory the garbage collector held beyond what lives when it was last looked at.</summary>
    internal long CollectorBytes => Math.Min(Volatile.Read(ref _collectorBytes), _options.MemoryBytesMax / CollectorShareMax);

    /// <summary>Gets how much of the memory recent pages of the log take, a lane; FASTER takes as much again.</summary>
    private static long LogBytes(long memoryBytes) => Math.Min(LogBytesMax, memoryBytes / LogShare);

    /// <summary>Gets how much of the memory columns of chunks may take.</summary>
    private static long ChunkCacheBytes(CustomerDatabaseOptions options) =>
        Math.Min(options.ChunkCacheBytes, options.MemoryBytesMax / ChunkShare);

    private void SettleUnderGate(int lane)
    {
        if (State.SpansLanes)
        {
            SettleUnderAllGates();
        }
        else
        {
            Settle(_lanes[lane].State);
        }
    }

    private void SettleUnderAllGates()
    {
        foreach (var lane in _lanes)
        {
            Settle(lane.State);
        }
    }

    /// <summary>Moves cold profiles out of memory where there are too many.</summary>
    /// <remarks>
    /// A cold file that cannot be written is a disk that cannot be written: the store is poisoned, and says so with the next
    /// write. What was asked or written before is not touched by it. Not so while a second index is made: what is short of room then
    /// is what verifies, and it ends.
    /// </remarks>
    private void Settle(LaneState lane)
    {
        try
        {
            SettleOrThrow(lane);
        }
        catch (IOException fault) when (_indexes == 1)
        {
            _log.Poison(fault);
        }
    }

    private void SettleOrThrow(LaneState lane)
    {
        lane.Profiles.BytesMax = IndexBytesMax;
        lane.Profiles.Settle();
        lane.Identifiers.BytesMax = IdentifierBytesMax;
        lane.Identifiers.Settle();
    }

    /// <summary>Poisons the store where a write could not be applied as a whole.</summary>
    /// <remarks>
    /// Because something could not be read, or for any reason at all once a record of it is in the log: what was begun must not
    /// become durable in part, nor what a replay may stumble over just as the writer did. The gates are still held, so no commit
    /// can have taken it.
    /// </remarks>
    private bool PoisonsUnderGate(Exception fault)
    {
        if (fault is IOException or StoreCorruptedException || _lanes.Any(l => l.HasAppended))
        {
            _log.Poison(fault);
        }

        return false;
    }

    private long LiveBytes()
    {
        var bytes = 0L;
        for (var lane = 0; lane < _lanes.Length && Plan is not null; lane++)
        {
            bytes += _lanes[lane].Live.Bytes;
        }

        return bytes;
    }

    /// <summary>Looks at what the garbage collector holds beyond what lives, where it has collected since the last look.</summary>
    /// <remarks>
    /// That is room for new objects, as much as it likes: it follows the caches of the processor, and is 80 MiB where these are large.
    /// Looking makes an object, so it is for commits and replay, and not for questions.
    /// </remarks>
    private void LookAtCollector()
    {
        var collections = GC.CollectionCount(0);
        if (_collections != collections)
        {
            _collections = collections;
            var memory = GC.GetGCMemoryInfo(GCKind.Any);
            Volatile.Write(ref _collectorBytes, Math.Max(0, memory.TotalCommittedBytes - memory.HeapSizeBytes));
        }
    }

    private long IdentifierBytesMax => (_options.IndexBytesMax ?? _options.MemoryBytesMax) / IdentifierShareMax / _indexes;

    private long IndexBytesMax
    {
        get
        {
            if (_options.IndexBytesMax is { } index)
            {
                return index / _lanes.Length / _indexes;
            }

            var whole = _options.MemoryBytesMax;
            var rest = whole - BaseBytes - CollectorBytes - ChunkCacheBytes(_options) - (State.Identifiers.Bytes * _indexes)
                - LiveBytes() - (_encoder?.RingBytes ?? 0);
            return Math.Max(rest, whole / IndexShareMin) / _lanes.Length / _indexes;
        }
    }
}
