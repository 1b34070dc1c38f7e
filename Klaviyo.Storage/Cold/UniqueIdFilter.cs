using System.Runtime.InteropServices;
using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Cold;

/// <summary>Tells of a unique id that it is surely not among those whose rows are cold, without a look at them.</summary>
/// <remarks>
/// <para>Bloom filters in blocks of a cache line (F. Putze, P. Sanders, J. Singler, 2007): six bits of one block a key, about
/// twelve bits of memory a key, and wrong in some one of a hundred cases, which then cost a read and no wrong answer.</para>
/// <para>It grows by further filters, each larger than the one before; all of them are asked without a branch in between, so the
/// processor waits for their memory once.</para>
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class UniqueIdFilter
{
    private const int FirstBlocks = 1 << 10;
    private const int FastBlocksMax = 1 << 16;
    private const int BlocksMax = 1 << 19;
    private readonly List<ulong[]> _filters = [];
    private long _room;

    /// <summary>Gets the bytes of memory that this takes.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Gets the filters, for a checkpoint.</summary>
    internal IReadOnlyList<ulong[]> Filters => _filters;

    /// <summary>Gets how many keys the last filter has room for.</summary>
    internal long Room => _room;

    internal void Add(int ordinal, int metric, uint uniqueId)
    {
        var key = Key(ordinal, metric, uniqueId);
        if (MayHold(key))
        {
            return;
        }

        if (_room == 0)
        {
            AddFilter();
        }

        _room--;
        var filter = _filters[^1];
        FilterBlock.Add(filter.AsSpan(BlockOf(filter, key), FilterBlock.Words), key);
    }

    /// <summary>Has what a question looks at brought into the cache.</summary>
    internal void FetchAhead(int ordinal, int metric, uint uniqueId)
    {
        var key = Key(ordinal, metric, uniqueId);
        foreach (var filter in CollectionsMarshal.AsSpan(_filters))
        {
            CacheLine.Fetch(ref filter[BlockOf(filter, key)]);
            CacheLine.Fetch(ref filter[BlockOf(filter, key) + FilterBlock.Words - 1]);
        }
    }

    /// <summary>Whether the row of a unique id may be cold.</summary>
    internal bool MayHold(int ordinal, int metric, uint uniqueId) => MayHold(Key(ordinal, metric, uniqueId));

    /// <summary>Takes in a slice of a filter of a checkpoint; the first slice begins the filter.</summary>
    internal void Restore(int words, int first, long room, ReadOnlySpan<byte> slice)
    {
        if (words <= 0 || words > BlocksMax * FilterBlock.Words || words % FilterBlock.Words != 0 || room < 0)
        {
            throw new InvalidDataException("There is no such filter.");
        }

        var filter = first == 0 ? Add(words) : _filters[^1];
        slice.CopyTo(MemoryMarshal.AsBytes(filter.AsSpan(first)));
        _room = room;
    }

    private bool MayHold(ulong key)
    {
        var held = false;
        foreach (var filter in CollectionsMarshal.AsSpan(_filters))
        {
            held |= FilterBlock.MayHold(filter.AsSpan(BlockOf(filter, key), FilterBlock.Words), key);
        }

        return held;
    }

    private void AddFilter()
    {
        var last = _filters.Count == 0 ? 0 : _filters[^1].Length / FilterBlock.Words;
        var blocks = last == 0 ? FirstBlocks : Math.Min(BlocksMax, last * (last < FastBlocksMax ? 4 : 2));
        _ = Add(blocks * FilterBlock.Words);
        _room = (long)blocks * FilterBlock.Keys;
    }

    private ulong[] Add(int words)
    {
        var filter = new ulong[words];
        _filters.Add(filter);
        Bytes += (long)words * sizeof(ulong);
        return filter;
    }

    private static ulong Key(int ordinal, int metric, uint uniqueId)
    {
        unchecked
        {
            var key = (((ulong)(uint)ordinal << 32) | uniqueId) ^ ((ulong)(uint)metric * 0x9E3779B97F4A7C15UL);
            key = (key ^ (key >> 32)) * 0xD6E8FEB86659FD93UL;
            key = (key ^ (key >> 29)) * 0xD6E8FEB86659FD93UL;
            return key ^ (key >> 32);
        }
    }

    private static int BlockOf(ulong[] filter, ulong key) =>
        (int)(((key >> 40) * (ulong)(filter.Length / FilterBlock.Words)) >> 24) * FilterBlock.Words;
}
