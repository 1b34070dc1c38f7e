using System.Diagnostics;

namespace Klaviyo.Storage.Index;

/// <summary>The events of one profile as columns, sorted by (time, arrival).</summary>
/// <remarks>
/// <para>Five columns in one block of the slab: time, log address, hash of the unique id, value, metric; some 18 bytes a
/// row, because every column is as narrow as the rows allow. A late event is a sorted insert: what is later moves up by
/// one row.</para>
/// <para>An aggregate is a binary search and a walk over the window. Nothing is summed up in advance, so nothing can
/// drift.</para>
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate. A value in a slot: use it where it stands, never a copy of it.</threadsafety>
internal struct Timeline
{
    internal const int Columns = 5;
    private TimelineBlock _block;
    private int _count;

    /// <summary>Gets the number of events.</summary>
    internal readonly int Count => _count;

    /// <summary>Gets how wide the columns are.</summary>
    internal readonly TimelineShape Shape => _block.Capacity == 0 ? TimelineShape.Narrowest : _block.Shape;

    /// <summary>Gets the rows. Valid until the next event of any profile of the lane.</summary>
    internal readonly TimelineBlock Rows => _block;

    /// <summary>Gets the hashes of the unique ids; 0 where an event has none. Valid as <see cref="Rows"/>.</summary>
    internal readonly ReadOnlySpan<uint> UniqueIds => _block.UniqueIds(Count);

    /// <summary>Adds an event at its place in time, behind those of the same time.</summary>
    internal void Add(Slab slab, int owner, in TimelineRow row)
    {
        var shape = Shape.With(row);
        if (Count == _block.Capacity || shape != Shape)
        {
            Grow(slab, owner, shape);
        }

        var place = Count == 0 || _block.TimeMs(Count - 1) <= row.TimeMs ? Count : UpperBound(row.TimeMs);
        if (place < Count)
        {
            _block.Open(place, Count);
        }

        _block.Set(place, row);
        _count++;
    }

    /// <summary>Gets the rows whose time lies in a range: from the first index up to, not including, the second.</summary>
    internal readonly (int Start, int End) Range(TimeRange range)
    {
        return range.IsEmpty || Count == 0
            ? (0, 0)
            : (LowerBound(range.First.UnixMs), UpperBound(range.Last.UnixMs));
    }

    /// <summary>Adds the values of a metric's events in a range, by time, then arrival.</summary>
    internal readonly void AddTo(ref RunningSummary summary, int metric, TimeRange range)
    {
        _block.FetchLast(Count, TimelineBlock.LinesMax, withValues: true);
        var (start, end) = Range(range);
        for (var row = start; row < end; row++)
        {
            if (_block.Metric(row) == metric)
            {
                summary.Add(_block.Value(row));
            }
        }
    }

    /// <summary>Counts a metric's events in a range, from the last one back, up to a number.</summary>
    internal readonly int CountIn(int metric, TimeRange range, int max)
    {
        var (first, last) = (range.First.UnixMs, range.Last.UnixMs);
        var row = Count;
        while (row > 0 && _block.TimeMs(row - 1) > last)
        {
            row--;
        }

        var count = 0;
        for (; row > 0 && count < max && _block.TimeMs(row - 1) >= first; row--)
        {
            count += _block.Metric(row - 1) == metric ? 1 : 0;
        }

        return count;
    }

    /// <summary>Whether any row lies at an address or behind it.</summary>
    internal readonly bool HasFrom(long address)
    {
        for (var row = Count - 1; row >= 0; row--)
        {
            if (_block.Address(row) >= address)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Has what a look at the last rows needs brought into the cache: metrics, so many lines of times, and values or not.</summary>
    internal readonly void FetchAhead(int timeLines, bool withValues) => _block.FetchLast(Count, timeLines, withValues);

    /// <summary>Learns that the slab has moved the block.</summary>
    internal void MovedTo(nint start) => _block = new TimelineBlock(start, _block.Capacity, _block.Shape);

    /// <summary>Gives the memory back.</summary>
    internal void Clear(Slab slab)
    {
        if (_block.Capacity > 0)
        {
            slab.Return(_block.Start);
        }

        (_block, _count) = (default, 0);
    }

    /// <summary>Makes room for rows that are brought back, to be filled in column by column.</summary>
    internal void Restore(Slab slab, int owner, int count, TimelineShape shape)
    {
        Debug.Assert(Count == 0 && _block.Capacity == 0, "A restored timeline is a new one.");
        if (count > 0)
        {
            _block = new TimelineBlock(slab.Rent(count * shape.RowBytes, owner, SlabPart.Rows), count, shape);
            _count = count;
        }
    }

    /// <summary>Gets a column as it is in memory, for checkpoints.</summary>
    internal readonly Span<byte> ColumnBytes(int column) => _block.Column(column, Count);

    private void Grow(Slab slab, int owner, TimelineShape shape)
    {
        // A sixth more, at least two rows: on average a twelfth of a block is slack, and a short timeline does not move with
        // every event.
        var capacity = Count < _block.Capacity ? _block.Capacity : Count + Math.Max(2, Count / 6);
        var start = slab.Rent(capacity * shape.RowBytes, owner, SlabPart.Rows);
        var old = _block;
        var grown = new TimelineBlock(start, capacity, shape);
        if (old.Capacity > 0)
        {
            old.CopyTo(grown, Count);
            slab.Return(old.Start);
        }

        _block = grown;
    }

    private readonly int LowerBound(long timeMs)
    {
        int low = 0, high = Count;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (_block.TimeMs(middle) < timeMs)
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

    // Most questions end with now, so the last row tells; a search would look at rows that are in no cache.
    private readonly int UpperBound(long timeMs) =>
        _block.TimeMs(Count - 1) <= timeMs ? Count : LowerBound(timeMs + 1);
}
