namespace Klaviyo.Storage.Lanes;

// The memory option is for all that the store keeps: what is not the index is taken off first.
internal sealed partial class Store
{
    // The runtime and its code, two rings of pages (ours and FASTER's), buffers, and what waits for the garbage collector.
    private const long BaseBytes = 112 << 20;
    private const int IndexShareMin = 8;
    private const int LogShare = 32;
    private const long LogBytesMax = 16 << 20;
    private const int ChunkShare = 16;

    // Two while a second one is made from the log, to be compared with the first.
    private int _indexes = 1;

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
    /// write. What was asked or written before is not touched by it.
    /// </remarks>
    private void Settle(LaneState lane)
    {
        try
        {
            lane.Profiles.BytesMax = IndexBytesMax;
            lane.Profiles.Settle();
        }
        catch (IOException fault)
        {
            _log.Poison(fault);
        }
    }

    /// <summary>Poisons the store where a write could not be applied as a whole because something could not be read.</summary>
    /// <remarks>What was begun must not become durable in part. The gates are still held, so no commit can have taken it.</remarks>
    private bool PoisonsUnderGate(Exception fault)
    {
        if (fault is IOException or StoreCorruptedException)
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

    private long IndexBytesMax
    {
        get
        {
            if (_options.IndexBytesMax is { } index)
            {
                return index / _lanes.Length / _indexes;
            }

            var whole = _options.MemoryBytesMax;
            var rest = whole - BaseBytes - ChunkCacheBytes(_options) - (State.Identifiers.Bytes * _indexes)
                - LiveBytes() - (_encoder?.RingBytes ?? 0);
            return Math.Max(rest, whole / IndexShareMin) / _lanes.Length / _indexes;
        }
    }
}
