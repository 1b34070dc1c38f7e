using System.Diagnostics;

namespace Klaviyo.Storage.Index;

/// <summary>The events of one profile as columns, sorted by (time, arrival).</summary>
/// <remarks>
/// <para>One block of the slab holds five columns, one behind the other, each as long as the capacity: time (8 bytes),
/// value (8), log address (8), metric (4), hash of the unique id (4). A late event is a sorted insert: what is later
/// moves up by one row.</para>
/// <para>An aggregate is a binary search and a walk over two columns. Nothing is summed up in advance, so nothing can
/// drift.</para>
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate. Spans are valid until the next <see cref="Add"/>.</threadsafety>
internal sealed unsafe class Timeline
{
    /// <summary>Bytes of one row over all columns.</summary>
    internal const int RowBytes = 32;

    private nint _block;
    private int _capacity;

    /// <summary>Gets the number of events.</summary>
    internal int Count { get; private set; }

    /// <summary>Gets the times, milliseconds since 1970, ascending.</summary>
    internal ReadOnlySpan<long> Times => Column<long>(0, 8);

    /// <summary>Gets the values; NaN where an event has none.</summary>
    internal ReadOnlySpan<double> Values => Column<double>(8, 8);

    /// <summary>Gets the log addresses: ascending among events of the same time.</summary>
    internal ReadOnlySpan<long> Addresses => Column<long>(16, 8);

    /// <summary>Gets the codes of the metrics.</summary>
    internal ReadOnlySpan<int> Metrics => Column<int>(24, 4);

    /// <summary>Gets the hashes of the unique ids; 0 where an event has none.</summary>
    internal ReadOnlySpan<uint> UniqueIds => Column<uint>(28, 4);

    /// <summary>Adds an event at its place in time, behind those of the same time.</summary>
    internal void Add(Slab slab, in TimelineRow row)
    {
        if (Count == _capacity)
        {
            Grow(slab);
        }

        var place = Count == 0 || Times[^1] <= row.TimeMs ? Count : UpperBound(row.TimeMs);
        Open(0, 8, place, row.TimeMs);
        Open(8, 8, place, row.Value);
        Open(16, 8, place, row.Address);
        Open(24, 4, place, row.Metric);
        Open(28, 4, place, row.UniqueId);
        Count++;
    }

    /// <summary>Gets the rows whose time lies in a range: from the first index up to, not including, the second.</summary>
    internal (int Start, int End) Range(TimeRange range)
    {
        return range.IsEmpty || Count == 0
            ? (0, 0)
            : (LowerBound(range.First.UnixMs), UpperBound(range.Last.UnixMs));
    }

    /// <summary>Gives the memory back.</summary>
    internal void Clear(Slab slab)
    {
        if (_capacity > 0)
        {
            slab.Return(_block, _capacity * RowBytes);
        }

        (_block, _capacity, Count) = (0, 0, 0);
    }

    /// <summary>Makes room for rows that a checkpoint brings, and gives their columns to be filled in.</summary>
    internal void Restore(Slab slab, int count)
    {
        Debug.Assert(Count == 0 && _capacity == 0, "A restored timeline is a new one.");
        if (count > 0)
        {
            _capacity = CapacityFor(count);
            _block = slab.Rent(_capacity * RowBytes);
            Count = count;
        }
    }

    /// <summary>Gets a column as bytes, for checkpoints: 0 times, 1 values, 2 addresses, 3 metrics, 4 unique ids.</summary>
    internal Span<byte> ColumnBytes(int column)
    {
        var (offset, width) = column < 3 ? (column * 8, 8) : (24 + ((column - 3) * 4), 4);
        return new Span<byte>((byte*)_block + ((long)offset * _capacity), width * Count);
    }

    private static int CapacityFor(int count)
    {
        // Steps of a half and a third: at most a third of a block is slack.
        var capacity = 2;
        while (capacity < count)
        {
            capacity += Math.Max(2, capacity / 3 & ~1);
        }

        return capacity;
    }

    private Span<T> Column<T>(int offset, int width)
        where T : unmanaged
    {
        Debug.Assert(sizeof(T) == width, "The column's type gives its width.");
        return new Span<T>((byte*)_block + ((long)offset * _capacity), Count);
    }

    private void Open<T>(int offset, int width, int place, T value)
        where T : unmanaged
    {
        var column = new Span<T>((byte*)_block + ((long)offset * _capacity), _capacity);
        if (place < Count)
        {
            column[place..Count].CopyTo(column[(place + 1)..]);
        }

        column[place] = value;
        Debug.Assert(sizeof(T) == width, "The column's type gives its width.");
    }

    private void Grow(Slab slab)
    {
        var old = (Block: _block, Capacity: _capacity);
        _capacity = CapacityFor(Count + 1);
        _block = slab.Rent(_capacity * RowBytes);
        if (old.Capacity == 0)
        {
            return;
        }

        ReadOnlySpan<(int Offset, int Width)> columns = [(0, 8), (8, 8), (16, 8), (24, 4), (28, 4)];
        foreach (var (offset, width) in columns)
        {
            new Span<byte>((byte*)old.Block + ((long)offset * old.Capacity), width * Count)
                .CopyTo(new Span<byte>((byte*)_block + ((long)offset * _capacity), width * Count));
        }

        slab.Return(old.Block, old.Capacity * RowBytes);
    }

    private int LowerBound(long timeMs)
    {
        var times = Times;
        int low = 0, high = times.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (times[middle] < timeMs)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }

    private int UpperBound(long timeMs) => timeMs == long.MaxValue ? Count : LowerBound(timeMs + 1);
}
