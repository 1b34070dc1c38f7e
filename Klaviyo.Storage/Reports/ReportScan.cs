using Klaviyo.Storage.Chunks;

namespace Klaviyo.Storage.Reports;

/// <summary>One worker of a report: walks over the blocks of some chunks and adds them up.</summary>
internal sealed class ReportScan(ReportQuery query, ReportMoment moment, ReportDates dates)
{
    // Below it no sum of so many hundredths as there can be rows overflows.
    private const long HundredthsMax = 1L << 31;

    private readonly BlockRows _rows = new();
    private readonly RowFilter[] _filters = [.. query.Where.Select(where => new RowFilter(where))];
    private readonly int[] _units = new int[BlockShape.RowsMax];
    private readonly int[] _cells = new int[BlockShape.RowsMax];
    private readonly bool _sums = query.Measures.Contains(ReportMeasure.Sum);
    private readonly bool _unique = query.Measures.Contains(ReportMeasure.Unique);

    private ReportLane _lane = null!;

    internal ReportGroups Groups { get; } = new(query.By);

    internal ReportCells Cells { get; } = new(dates.Count);

    /// <summary>Adds the events of a chunk.</summary>
    /// <exception cref="ChunkUnreadableException">The chunk is damaged.</exception>
    internal void Add(Chunk chunk)
    {
        var lane = moment.Lanes[chunk.Range.Lane];
        if (lane.Metric < 0 || chunk.Find(lane.Metric) is not { } metric)
        {
            return;
        }

        for (var block = 0; block < metric.Time.Blocks.Length; block++)
        {
            _lane = lane;
            _rows.TurnTo(lane, metric, block);
            AddBlock(chunk.Range.Until > lane.Until.Value ? lane.Until.Value : long.MaxValue);
        }
    }

    private void AddBlock(long until)
    {
        var units = _units.AsSpan(0, _rows.Count);
        dates.Find(_rows.Fixed(ChunkColumn.Time).Bits.AsSpan(0, _rows.Count), units);
        _rows.TakeOutFrom(until, units);
        TakeOutErased(units);
        foreach (var filter in _filters)
        {
            filter.Apply(_rows, units);
        }

        var cells = _cells.AsSpan(0, _rows.Count);
        Groups.Find(_rows, units, cells);
        Cells.Reserve(Groups.Count);
        ToCells(units, cells);
        Count(cells);
    }

    private void TakeOutErased(Span<int> units)
    {
        if (moment.IsErased is not { } isErased)
        {
            return;
        }

        var (owners, last, lastIsErased) = (_rows.Owners().ToArray(), -1, false);
        for (var row = 0; row < units.Length; row++)
        {
            if (owners[row] != last)
            {
                last = owners[row];
                lastIsErased = isErased(_lane.Log.Lane, last - _lane.FirstProfile);
            }

            units[row] = lastIsErased ? ReportDates.None : units[row];
        }
    }

    private void ToCells(ReadOnlySpan<int> units, Span<int> groups)
    {
        unchecked
        {
            for (var row = 0; row < units.Length; row++)
            {
                groups[row] = units[row] == ReportDates.None ? -1 : (groups[row] * dates.Count) + units[row];
            }
        }
    }

    private void Count(ReadOnlySpan<int> cells)
    {
        var counts = Cells.Counts;
        foreach (var cell in cells)
        {
            if (cell >= 0)
            {
                counts[cell]++;
            }
        }

        if (_sums)
        {
            Sum(cells);
        }

        if (_unique)
        {
            See(cells);
        }
    }

    private void Sum(ReadOnlySpan<int> cells)
    {
        var values = _rows.Fixed(ChunkColumn.Value);
        if (values.Shape is { IsUniform: true, IsSparse: false, Kind: CellKind.Hundredths } shape
            && shape.Least > -HundredthsMax && shape.Most < HundredthsMax)
        {
            SumHundredths(cells, values.Bits);
            return;
        }

        var sums = Cells.Sums;
        for (var row = 0; row < cells.Length; row++)
        {
            var value = new Cell(values.Kinds[row], values.Bits[row]).AsNumber();
            if (cells[row] >= 0 && !double.IsNaN(value))
            {
                sums[cells[row]].Add(value);
            }
        }
    }

    private void SumHundredths(ReadOnlySpan<int> cells, ReadOnlySpan<long> values)
    {
        var sums = Cells.Hundredths;
        unchecked
        {
            for (var row = 0; row < cells.Length; row++)
            {
                if (cells[row] >= 0)
                {
                    sums[cells[row]] += values[row];
                }
            }
        }
    }

    private void See(ReadOnlySpan<int> cells)
    {
        var owners = _rows.Owners();
        for (var row = 0; row < cells.Length; row++)
        {
            if (cells[row] >= 0)
            {
                Cells.See(cells[row], moment.RootOf(owners[row]));
            }
        }
    }
}
