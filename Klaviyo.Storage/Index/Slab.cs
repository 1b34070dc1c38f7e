using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Klaviyo.Storage.Index;

/// <summary>Unmanaged memory in blocks of a few fixed sizes, for the columns of timelines.</summary>
/// <remarks>
/// Blocks up to <see cref="SharedBytesMax"/> are cut from chunks and go back to a free list of their size; larger ones
/// come from the operating system one by one. The garbage collector sees none of it: ten million small arrays would cost
/// it seconds.
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed unsafe class Slab : IDisposable
{
    private const int ChunkBytes = 1 << 20;
    private const int SharedBytesMax = 1 << 15;
    private readonly Dictionary<int, Stack<nint>> _free = [];
    private readonly List<nint> _chunks = [];
    private readonly HashSet<nint> _large = [];
    private nint _chunk;
    private int _used = ChunkBytes;

    /// <summary>Gets the bytes taken from the operating system.</summary>
    internal long Bytes { get; private set; }

    /// <summary>Takes a block. Its content is undefined.</summary>
    internal nint Rent(int bytes)
    {
        Debug.Assert(bytes > 0 && bytes % 8 == 0, "Columns of eight bytes must stay aligned.");
        if (bytes > SharedBytesMax)
        {
            var block = (nint)NativeMemory.Alloc((nuint)bytes);
            _large.Add(block);
            Bytes += bytes;
            return block;
        }

        return _free.TryGetValue(bytes, out var stack) && stack.TryPop(out var free) ? free : Cut(bytes);
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

        if (!_free.TryGetValue(bytes, out var stack))
        {
            _free.Add(bytes, stack = new Stack<nint>());
        }

        stack.Push(block);
    }

    public void Dispose()
    {
        foreach (var block in _chunks.Concat(_large))
        {
            NativeMemory.Free((void*)block);
        }

        _chunks.Clear();
        _large.Clear();
        _free.Clear();
    }

    private nint Cut(int bytes)
    {
        if (_used + bytes > ChunkBytes)
        {
            _chunk = (nint)NativeMemory.Alloc(ChunkBytes);
            _chunks.Add(_chunk);
            Bytes += ChunkBytes;
            _used = 0;
        }

        var block = _chunk + _used;
        _used += bytes;
        return block;
    }
}
