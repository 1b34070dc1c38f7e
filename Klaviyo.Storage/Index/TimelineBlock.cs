using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Klaviyo.Storage.Index;

/// <summary>The memory of a timeline: five columns, one behind the other, each as long as the capacity.</summary>
/// <remarks>
/// In the order time, address, unique id, value, metric. A column of 5 or 6 bytes is read 8 bytes at a time; what is read
/// too much lies in the next column, never behind the block.
/// </remarks>
internal readonly unsafe struct TimelineBlock(nint start, int capacity, TimelineShape shape)
{
    internal const int LinesMax = 12;
    private const long Low40 = (1L << 40) - 1;

    internal nint Start => start;

    internal int Capacity => capacity;

    internal TimelineShape Shape => shape;

    internal int Bytes => capacity * shape.RowBytes;

    internal long TimeMs(int row) => shape.ToTime(Unsafe.ReadUnaligned<long>(At(0, row, shape.Time)));

    internal long Address(int row)
    {
        var place = At(shape.AddressOffset, row, shape.Address);
        var stored = shape.Address == 4 ? Unsafe.ReadUnaligned<uint>(place) : Unsafe.ReadUnaligned<long>(place) & Low40;
        return stored << TimelineShape.AddressShift;
    }

    internal double Value(int row)
    {
        var place = At(shape.ValueOffset, row, shape.Value);
        return shape.Value == 8
            ? Unsafe.ReadUnaligned<double>(place)
            : TimelineShape.FromHundredths(Unsafe.ReadUnaligned<int>(place));
    }

    internal int Metric(int row)
    {
        var place = At(shape.MetricOffset, row, shape.Metric);
        return shape.Metric switch
        {
            1 => *place,
            2 => Unsafe.ReadUnaligned<ushort>(place),
            _ => Unsafe.ReadUnaligned<int>(place),
        };
    }

    /// <summary>Finds the rows of a metric among the first ones.</summary>
    /// <param name="metric">The metric.</param>
    /// <param name="count">How many rows to look at.</param>
    /// <param name="rows">Receives their numbers; as long as what is looked at.</param>
    /// <returns>How many there are.</returns>
    internal int RowsOf(int metric, int count, Span<int> rows)
    {
        var (row, found) = (0, 0);
        if (shape.Metric == 1 && metric <= byte.MaxValue)
        {
            var metrics = At(shape.MetricOffset, 0, 1);
            var sought = Vector256.Create((byte)metric);
            for (; row <= count - Vector256<byte>.Count; row += Vector256<byte>.Count)
            {
                for (var hits = Vector256.Equals(Vector256.Load(metrics + row), sought).ExtractMostSignificantBits(); hits != 0; hits &= hits - 1)
                {
                    rows[found++] = row + BitOperations.TrailingZeroCount(hits);
                }
            }
        }

        for (; row < count; row++)
        {
            if (Metric(row) == metric)
            {
                rows[found++] = row;
            }
        }

        return found;
    }

    /// <summary>Gets the hashes of the unique ids of the first rows.</summary>
    internal ReadOnlySpan<uint> UniqueIds(int count) => new(At(shape.UniqueIdOffset, 0, 0), count);

    internal TimelineRow Row(int row) => new(TimeMs(row), Value(row), Address(row), Metric(row), UniqueIds(row + 1)[row]);

    internal void Set(int row, in TimelineRow value)
    {
        var time = shape.FromTime(value.TimeMs);
        new ReadOnlySpan<byte>(&time, shape.Time).CopyTo(Cell(0, row, shape.Time));
        var address = value.Address >> TimelineShape.AddressShift;
        new ReadOnlySpan<byte>(&address, shape.Address).CopyTo(Cell(shape.AddressOffset, row, shape.Address));
        Unsafe.WriteUnaligned(At(shape.UniqueIdOffset, row, TimelineShape.UniqueIdBytes), value.UniqueId);
        SetValue(row, value.Value);
        var metric = value.Metric;
        new ReadOnlySpan<byte>(&metric, shape.Metric).CopyTo(Cell(shape.MetricOffset, row, shape.Metric));
    }

    /// <summary>Has what taking in one more row looks at brought into the cache: the last rows, and the unique ids.</summary>
    internal void FetchAhead(int count)
    {
        const int IdLinesMax = 8;
        if (count == 0)
        {
            return;
        }

        CacheLine.Fetch((nint)At(0, count - 1, shape.Time));
        CacheLine.Fetch((nint)At(shape.AddressOffset, count, shape.Address));
        CacheLine.Fetch((nint)At(shape.ValueOffset, count, shape.Value));
        CacheLine.Fetch((nint)At(shape.MetricOffset, count, shape.Metric));

        // The ids are searched from the first on; after some lines the processor sees by itself what is wanted.
        var ids = (nint)At(shape.UniqueIdOffset, 0, 0);
        var idLines = Math.Min(IdLinesMax, (count * TimelineShape.UniqueIdBytes / CacheLine.Bytes) + 1);
        for (var line = 0; line < idLines; line++)
        {
            CacheLine.Fetch(ids + (line * CacheLine.Bytes));
        }

        CacheLine.Fetch((nint)At(shape.UniqueIdOffset, count, TimelineShape.UniqueIdBytes));
    }

    /// <summary>Has what a look at the last rows needs brought into the cache.</summary>
    internal void FetchLast(int count, int timeLines, bool withValues)
    {
        if (count == 0)
        {
            return;
        }

        FetchLast(0, shape.Time, count, timeLines);
        FetchLast(shape.MetricOffset, shape.Metric, count, LinesMax);
        if (withValues)
        {
            FetchLast(shape.ValueOffset, shape.Value, count, LinesMax);
        }
    }

    /// <summary>Moves the rows from <paramref name="row"/> on up by one.</summary>
    internal void Open(int row, int count)
    {
        for (var column = 0; column < Timeline.Columns; column++)
        {
            var (offset, width) = ColumnOf(column);
            Cells(offset, row, count - row, width).CopyTo(Cells(offset, row + 1, count - row, width));
        }
    }

    /// <summary>Copies the first rows into a block of the same or a wider shape.</summary>
    internal void CopyTo(in TimelineBlock other, int count)
    {
        if (other.Shape != shape)
        {
            for (var row = 0; row < count; row++)
            {
                other.Set(row, Row(row));
            }

            return;
        }

        for (var column = 0; column < Timeline.Columns; column++)
        {
            Column(column, count).CopyTo(other.Column(column, count));
        }
    }

    /// <summary>Gets the first rows of a column as they are in memory, for checkpoints.</summary>
    internal Span<byte> Column(int column, int count)
    {
        var (offset, width) = ColumnOf(column);
        return Cells(offset, 0, count, width);
    }

    private (int Offset, int Width) ColumnOf(int column)
    {
        return column switch
        {
            0 => (0, shape.Time),
            1 => (shape.AddressOffset, shape.Address),
            2 => (shape.UniqueIdOffset, TimelineShape.UniqueIdBytes),
            3 => (shape.ValueOffset, shape.Value),
            _ => (shape.MetricOffset, shape.Metric),
        };
    }

    private void SetValue(int row, double value)
    {
        var place = At(shape.ValueOffset, row, shape.Value);
        if (shape.Value == 8)
        {
            Unsafe.WriteUnaligned(place, value);
        }
        else
        {
            _ = TimelineShape.TryToHundredths(value, out var hundredths);
            Unsafe.WriteUnaligned(place, hundredths);
        }
    }

    private void FetchLast(int columnOffset, int width, int count, int linesMax)
    {
        var end = (nint)At(columnOffset, count, width);
        var lines = Math.Min(linesMax, (count * width / CacheLine.Bytes) + 1);
        for (var line = 1; line <= lines; line++)
        {
            CacheLine.Fetch(end - (line * CacheLine.Bytes));
        }
    }

    private byte* At(int columnOffset, int row, int width) =>
        (byte*)start + unchecked(((long)columnOffset * capacity) + ((long)row * width));

    private Span<byte> Cell(int columnOffset, int row, int width) => new(At(columnOffset, row, width), width);

    private Span<byte> Cells(int columnOffset, int row, int count, int width) =>
        new(At(columnOffset, row, width), count * width);
}
