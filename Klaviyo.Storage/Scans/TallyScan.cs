using Klaviyo.Storage.Chunks;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Reports;

namespace Klaviyo.Storage.Scans;

/// <summary>One worker that adds up: walks over the blocks of some chunks.</summary>
internal sealed class TallyScan
{
    // Below it no sum of as many as there can be overflows.
    private const long ExactMax = 1L << 31;

    private readonly ReportMoment _moment;
    private readonly TimeRange _range;
    private readonly BlockRows _rows = new();
    private readonly RowFilter[] _filters;
    private readonly int[] _units = new int[BlockShape.RowsMax];

    internal TallyScan(ProfileTally tally, ReportMoment moment, Instant at, AccountZone zone)
    {
        (_moment, _range) = (moment, tally.Range);
        var context = new EvaluationContext(NobodysHistory.Instance, at, zone);
        _filters = [.. tally.Condition.Where.Where(w => w.Filter is not null).Select(w => new RowFilter(w, context))];
        Cells = new TallyCells(moment.Profiles);
    }

    /// <summary>Gets what was added up.</summary>
    internal TallyCells Cells { get; }

    /// <summary>Adds the events of a chunk.</summary>
    /// <exception cref="ChunkUnreadableException">The chunk is damaged.</exception>
    internal void Add(Chunk chunk)
    {
        var lane = _moment.Lanes[chunk.Range.Lane];
        if (lane.Metric < 0 || _range.IsEmpty || chunk.Find(lane.Metric) is not { } metric)
        {
            return;
        }

        for (var block = 0; block < metric.Time.Blocks.Length; block++)
        {
            var times = metric.Time.Blocks[block].Shape;
            if (times.Most >= _range.First.UnixMs && times.Least <= _range.Last.UnixMs)
            {
                _rows.TurnTo(lane, metric, block);
                AddBlock(times, chunk.Range.Until > lane.Until.Value ? lane.Until.Value : long.MaxValue);
            }
        }
    }

    private void AddBlock(BlockShape times, long until)
    {
        var units = _units.AsSpan(0, _rows.Count);
        units.Clear();
        if (times.Least < _range.First.UnixMs || times.Most > _range.Last.UnixMs)
        {
            TakeOutOfRange(units);
        }

        _rows.TakeOutFrom(until, units);
        foreach (var filter in _filters)
        {
            filter.Apply(_rows, units);
        }

        Count(units);
    }

    private void TakeOutOfRange(Span<int> units)
    {
        var bits = _rows.Fixed(ChunkColumn.Time).Bits;
        var (first, last) = (_range.First.UnixMs, _range.Last.UnixMs);
        for (var row = 0; row < units.Length; row++)
        {
            units[row] = bits[row] >= first && bits[row] <= last ? 0 : ReportDates.None;
        }
    }

    private void Count(ReadOnlySpan<int> units)
    {
        var owners = _rows.Owners();
        var values = _rows.Fixed(ChunkColumn.Value);
        for (var row = 0; row < units.Length; row++)
        {
            if (units[row] == ReportDates.None)
            {
                continue;
            }

            switch (values.Kinds[row])
            {
                case CellKind.Hundredths when Math.Abs(values.Bits[row]) < ExactMax:
                    Cells.Add(owners[row], values.Bits[row]);
                    break;
                case CellKind.Whole when Math.Abs(values.Bits[row]) < ExactMax:
                    Cells.Add(owners[row], values.Bits[row] * 100);
                    break;
                case CellKind.Null:
                    Cells.Add(owners[row], 0);
                    break;
                default:
                    Cells.AddInexact(owners[row]);
                    break;
            }
        }
    }
}
