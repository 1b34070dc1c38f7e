using System.Diagnostics;
using System.Runtime.InteropServices;
using Klaviyo.Storage.Memory;

namespace Klaviyo.Storage.Index;

/// <summary>Unmanaged memory for the blocks of profiles, which grow one after the other and for ever.</summary>
/// <remarks>
/// <para>Blocks are cut from chunks, one behind the other. A block that is given back leaves a hole. When holes make up more
/// than a seventh of all chunks, those with the most of them are emptied: what lives in one moves to the newest chunk, and
/// its owner is told. So the waste is bounded whatever the sizes are, at the price of a memory copy now and then; free lists
/// by size, which this replaces, kept a block of each size that a timeline had ever outgrown.</para>
/// <para>Each block begins with 8 bytes: its size, its owner and which part of the owner it is. Blocks above
/// <see cref="SharedBytesMax"/> come from the heap one by one. A chunk that was emptied is kept for the next one that is
/// needed; some keep their memory. The garbage collector sees none of it.</para>
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed unsafe class Slab(Action<int, SlabPart, nint> moved) : IDisposable
{
    /// <summary>How many bytes of holes a byte of chunks may have at most, as a divisor.</summary>
    internal const int HolesDivisor = 7;

    private const int ChunkBytes = 256 << 10;
    private const int RegionChunks = 32;
    private const int EmptiedMax = 4;
    private const int WarmMax = 16;
    private const int SharedBytesMax = 16 << 10;
    private const int HeaderBytes = 8;

    // One chunk more than it is good for: the system aligns to its own pages only.
    private const long RegionBytes = (RegionChunks + 1L) * ChunkBytes;
    private const int Nobody = -1;

    private readonly List<Chunk> _chunks = [];
    private readonly Stack<nint> _spare = [];

    // Spare chunks that still have their memory: to get it anew costs a fault a page.
    private readonly Stack<nint> _warm = [];
    private readonly List<nint> _regions = [];
    private readonly HashSet<nint> _large = [];
    private readonly Dictionary<long, Chunk> _byAddress = [];
    private long _holes;
    private long _used;
    private long _largeBytes;
    private Chunk? _newest;

    /// <summary>Gets the bytes taken from the operating system.</summary>
    internal long Bytes => ((long)(_chunks.Count + _warm.Count) * ChunkBytes) + _largeBytes;

    /// <summary>Gets the bytes of blocks that are in use.</summary>
    internal long LiveBytes => _used - _holes + _largeBytes;

    /// <summary>Gets how long a block is.</summary>
    internal static int SizeOf(nint block) => Header(block).Bytes;

    /// <summary>Takes a block for a part of an owner. Its content is undefined.</summary>
    /// <remarks>Other blocks may move before this returns, never the one that is returned.</remarks>
    internal nint Rent(int bytes, int owner, SlabPart part)
    {
        if (bytes > SharedBytesMax)
        {
            return RentLarge(bytes, owner, part);
        }

        if (!HasRoom(bytes))
        {
            _newest = AddChunk();
            EmptyWorstChunks();
        }

        if (!HasRoom(bytes))
        {
            _newest = AddChunk();
        }

        return Cut(bytes, owner, part);
    }

    /// <summary>Gives a block back.</summary>
    internal void Return(nint block)
    {
        ref var header = ref Header(block);
        if (header.Bytes > SharedBytesMax)
        {
            _largeBytes -= header.Bytes;
            _large.Remove(block - HeaderBytes);
            NativeMemory.Free((void*)(block - HeaderBytes));
            return;
        }

        header.Owner = Nobody;
        var space = Space(header.Bytes);
        _byAddress[block / ChunkBytes].Holes += space;
        _holes += space;
    }

    public void Dispose()
    {
        foreach (var region in _regions)
        {
            PageMemory.Give((void*)region, RegionBytes);
        }

        foreach (var block in _large)
        {
            NativeMemory.Free((void*)block);
        }

        _chunks.Clear();
        _regions.Clear();
        _spare.Clear();
        _warm.Clear();
        _large.Clear();
        _newest = null;
    }

    private static int Space(int bytes) => HeaderBytes + ((bytes + 7) & ~7);

    private static ref BlockHeader Header(nint block) => ref *(BlockHeader*)(block - HeaderBytes);

    private nint RentLarge(int bytes, int owner, SlabPart part)
    {
        var start = (nint)NativeMemory.Alloc((nuint)bytes + HeaderBytes);
        _large.Add(start);
        _largeBytes += bytes;
        Header(start + HeaderBytes) = new BlockHeader(owner, bytes, part);
        return start + HeaderBytes;
    }

    private bool HasRoom(int bytes) => _newest is not null && _newest.Used + Space(bytes) <= ChunkBytes;

    private nint Cut(int bytes, int owner, SlabPart part)
    {
        Debug.Assert(_newest!.Used + Space(bytes) <= ChunkBytes, "The caller has made room.");
        var block = _newest.Start + _newest.Used + HeaderBytes;
        Header(block) = new BlockHeader(owner, bytes, part);
        _newest.Used += Space(bytes);
        _used += Space(bytes);
        return block;
    }

    private Chunk AddChunk()
    {
        if (_warm.Count + _spare.Count == 0)
        {
            AddRegion();
        }

        var chunk = new Chunk(_warm.TryPop(out var warm) ? warm : _spare.Pop());
        _chunks.Add(chunk);
        _byAddress.Add(chunk.Start / ChunkBytes, chunk);
        return chunk;
    }

    // Chunks are aligned to their own size, so that the chunk of a block is found from the block's address.
    private void AddRegion()
    {
        var region = (nint)PageMemory.Take(RegionBytes);
        _regions.Add(region);
        var first = (region + ChunkBytes - 1) / ChunkBytes * ChunkBytes;
        for (var chunk = first + ((RegionChunks - 1) * ChunkBytes); chunk >= first; chunk -= ChunkBytes)
        {
            _spare.Push(chunk);
        }
    }

    // Begun while the newest chunk is empty: what lives in one chunk fits into an empty one, and the next may need one more.
    private void EmptyWorstChunks()
    {
        for (var emptied = 0; emptied < EmptiedMax && _holes * HolesDivisor >= (long)_chunks.Count * ChunkBytes; emptied++)
        {
            var worst = _chunks.Where(c => c != _newest).MaxBy(c => c.Holes);
            if (worst is null || _chunks.Count < 4)
            {
                return;
            }

            Empty(worst);
        }
    }

    private void Empty(Chunk chunk)
    {
        for (var offset = 0; offset < chunk.Used;)
        {
            var block = chunk.Start + offset + HeaderBytes;
            var header = Header(block);
            if (header.Owner != Nobody)
            {
                if (!HasRoom(header.Bytes))
                {
                    _newest = AddChunk();
                }

                var place = Cut(header.Bytes, header.Owner, header.Part);
                new Span<byte>((void*)block, header.Bytes).CopyTo(new Span<byte>((void*)place, header.Bytes));
                moved(header.Owner, header.Part, place);
            }

            offset += Space(header.Bytes);
        }

        Remove(chunk);
    }

    private void Remove(Chunk chunk)
    {
        _holes -= chunk.Holes;
        _used -= chunk.Used;
        _chunks.Remove(chunk);
        _byAddress.Remove(chunk.Start / ChunkBytes);
        if (_warm.Count < WarmMax)
        {
            _warm.Push(chunk.Start);
            return;
        }

        PageMemory.Discard((void*)chunk.Start, ChunkBytes);
        _spare.Push(chunk.Start);
    }

    private struct BlockHeader(int owner, int bytes, SlabPart part)
    {
        private readonly uint _bytesAndPart = (uint)bytes | ((uint)part << 31);

        internal int Owner = owner;

        internal readonly int Bytes => (int)(_bytesAndPart & int.MaxValue);

        internal readonly SlabPart Part => (SlabPart)(_bytesAndPart >> 31);
    }

    private sealed class Chunk(nint start)
    {
        internal nint Start { get; } = start;

        internal int Used { get; set; }

        internal int Holes { get; set; }
    }
}

/// <summary>Which part of a profile.</summary>
internal enum SlabPart
{
    /// <summary>Its facts.</summary>
    Facts,

    /// <summary>Its timeline.</summary>
    Rows,

    /// <summary>The slots of some neighbours, in the cold files only.</summary>
    Slots,
}
