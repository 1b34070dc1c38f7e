using System.Runtime.InteropServices;
using Klaviyo.Storage.Memory;

namespace Klaviyo.Storage.Chunks;

/// <summary>A list in memory of our own, which goes back to the system when the list is disposed.</summary>
/// <remarks>
/// The lists of a chunk under way are some ten megabytes each and live for a quarter of a second: as arrays they would
/// stay with the garbage collector long after.
/// </remarks>
/// <threadsafety>One thread at a time.</threadsafety>
internal sealed unsafe class UnmanagedList<T> : IDisposable
    where T : unmanaged
{
    private const int PagesFromBytes = 64 << 10;

    private T* _items;
    private int _capacity;

    /// <summary>Frees the memory where nobody has disposed of the list.</summary>
    ~UnmanagedList() => Free();

    internal int Count { get; private set; }

    private long Bytes => (long)_capacity * sizeof(T);

    /// <summary>Gets the items. Valid until the next one is added.</summary>
    internal Span<T> Items => new(_items, Count);

    internal void Add(in T item)
    {
        if (Count == _capacity)
        {
            Grow(Count + 1);
        }

        _items[Count++] = item;
    }

    /// <summary>Adds some items, to be filled in, with room for more behind them.</summary>
    /// <param name="count">How many.</param>
    /// <param name="slack">How many more may be written over.</param>
    internal Span<T> Add(int count, int slack)
    {
        if (Count + count + slack > _capacity)
        {
            Grow(Count + count + slack);
        }

        var added = new Span<T>(_items + Count, count + slack);
        Count += count;
        return added;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    // The list of one of many properties is small, and a page each would be much.
    private void Grow(int least)
    {
        var capacity = Math.Max(least, Math.Max(64, checked(_capacity * 2)));
        var (before, bytes) = (Bytes, (long)capacity * sizeof(T));
        if (before >= PagesFromBytes)
        {
            _items = (T*)PageMemory.Grow(_items, before, bytes);
        }
        else if (bytes < PagesFromBytes)
        {
            _items = (T*)NativeMemory.Realloc(_items, (nuint)bytes);
        }
        else
        {
            var pages = (T*)PageMemory.Take(bytes);
            Items.CopyTo(new Span<T>(pages, Count));
            NativeMemory.Free(_items);
            _items = pages;
        }

        _capacity = capacity;
    }

    private void Free()
    {
        if (Bytes < PagesFromBytes)
        {
            NativeMemory.Free(_items);
        }
        else
        {
            PageMemory.Give(_items, Bytes);
        }

        _items = null;
        (_capacity, Count) = (0, 0);
    }
}
