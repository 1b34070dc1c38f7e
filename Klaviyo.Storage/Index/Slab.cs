using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Klaviyo.Storage.Index;

/// <summary>Unmanaged memory for the blocks of timelines, which grow one after the other and for ever.</summary>
/// <remarks>
/// <para>Blocks are cut from chunks, one behind the other. A block that is given back leaves a hole. When holes make up more
/// than a seventh of all chunks, the chunk with the most of them is emptied: what lives in it moves to the newest chunk, and
/// its owner is told. So the waste is bounded whatever the sizes are, at the price of a memory copy now and then; free lists
/// by size, which this replaces, kept a block of each size that a timeline had ever outgrown.</para>
/// <para>Each block begins with 8 bytes: its size and its owner. Blocks above <see cref="SharedBytesMax"/> come from the
/// operating system one by one. The garbage collector sees none of it.</para>
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed unsafe class Slab(Action<int, nint> moved) : IDisposable
{
    private const int ChunkBytes = 256 << 10;
    private const int SharedBytesMax = 16 << 10;
    private const int HeaderBytes = 8;
    private const int Nobody = -1;
    private const int HolesDivisor = 7;

    private readonly List<Chunk> _chunks = [];
    private readonly Dictionary<nint, int> _large = [];
    private readonly Dictionary<long, Chunk> _byAddress = [];
    private long _holes;
    private Chunk? _newest;

    /// <summary>Gets the bytes taken from the operating system.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Takes a block for an owner. Its content is undefined.</summary>
    /// <remarks>Blocks of other owners may move before this returns, never the one that is returned.</remarks>
    internal nint Rent(int bytes, int owner)
    {
        if (bytes > SharedBytesMax)
        {
            var block = (nint)NativeMemory.Alloc((nuint)bytes);
            _large.Add(block, bytes);
            Bytes += bytes;
            return block;
        }

        if (!HasRoom(bytes))
        {
            _newest = AddChunk();
            EmptyWorstChunk();
        }

        if (!HasRoom(bytes))
        {
            _newest = AddChunk();
        }

        return Cut(bytes, owner);
    }

    /// <summary>Gives a block back.</summary>
    internal void Return(nint block, int bytes)
    {
        if (bytes > SharedBytesMax)
        {
            _large.Remove(block);
            NativeMemory.Free((void*)block);
            Bytes -= bytes;
            return;
        }

        Header(block - HeaderBytes).Owner = Nobody;
        ChunkOf(block).Holes += Space(bytes);
        _holes += Space(bytes);
    }

    public void Dispose()
    {
        foreach (var chunk in _chunks)
        {
            NativeMemory.AlignedFree((void*)chunk.Start);
        }

        foreach (var block in _large.Keys)
        {
            NativeMemory.Free((void*)block);
        }

        _chunks.Clear();
        _large.Clear();
        _newest = null;
    }

    private static int Space(int bytes) => HeaderBytes + ((bytes + 7) & ~7);

    private static ref BlockHeader Header(nint place) => ref *(BlockHeader*)place;

    private bool HasRoom(int bytes) => _newest is not null && _newest.Used + Space(bytes) <= ChunkBytes;

    private nint Cut(int bytes, int owner)
    {
        Debug.Assert(_newest!.Used + Space(bytes) <= ChunkBytes, "The caller has made room.");
        var place = _newest.Start + _newest.Used;
        Header(place) = new BlockHeader { Owner = owner, Bytes = bytes };
        _newest.Used += Space(bytes);
        return place + HeaderBytes;
    }

    private Chunk AddChunk()
    {
        // Aligned to its own size, so that the chunk of a block is found from the block's address.
        var chunk = new Chunk((nint)NativeMemory.AlignedAlloc(ChunkBytes, ChunkBytes));
        _chunks.Add(chunk);
        _byAddress.Add(chunk.Start / ChunkBytes, chunk);
        Bytes += ChunkBytes;
        return chunk;
    }

    private Chunk ChunkOf(nint block) => _byAddress[block / ChunkBytes];

    // Emptied before the newest chunk is used for anything else: what lives in one chunk always fits into an empty one.
    private void EmptyWorstChunk()
    {
        if (_holes * HolesDivisor < (long)_chunks.Count * ChunkBytes || _chunks.Count < 4)
        {
            return;
        }

        var worst = _chunks.Where(c => c != _newest).MaxBy(c => c.Holes)!;
        for (var offset = 0; offset < worst.Used;)
        {
            var header = Header(worst.Start + offset);
            if (header.Owner != Nobody)
            {
                var block = Cut(header.Bytes, header.Owner);
                new Span<byte>((void*)(worst.Start + offset + HeaderBytes), header.Bytes)
                    .CopyTo(new Span<byte>((void*)block, header.Bytes));
                moved(header.Owner, block);
            }

            offset += Space(header.Bytes);
        }

        Remove(worst);
    }

    private void Remove(Chunk chunk)
    {
        _holes -= chunk.Holes;
        _chunks.Remove(chunk);
        _byAddress.Remove(chunk.Start / ChunkBytes);
        NativeMemory.AlignedFree((void*)chunk.Start);
        Bytes -= ChunkBytes;
    }

    private struct BlockHeader
    {
        internal int Owner;
        internal int Bytes;
    }

    private sealed class Chunk(nint start)
    {
        internal nint Start { get; } = start;

        internal int Used { get; set; }

        internal int Holes { get; set; }
    }
}
