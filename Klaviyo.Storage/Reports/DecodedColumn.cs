using Klaviyo.Storage.Chunks;

namespace Klaviyo.Storage.Reports;

/// <summary>One column of the block that is looked at, written out.</summary>
internal sealed class DecodedColumn(int name)
{
    private readonly CellKind[] _kinds = new CellKind[BlockShape.RowsMax];
    private ChunkColumn? _column;
    private int _block = -1;

    /// <summary>Gets the code of the property, or the number of a fixed column.</summary>
    internal int Name => name;

    internal long[] Bits { get; } = new long[BlockShape.RowsMax];

    internal ReadOnlySpan<CellKind> Kinds => _kinds;

    /// <summary>Gets the strings of the chunk's column; null where it has none.</summary>
    internal ColumnDictionary? Dictionary => _column?.Dictionary;

    /// <summary>Gets what the block has; nothing but missing values where the chunk has no such column.</summary>
    internal BlockShape? Shape => _column?.Blocks[_block].Shape;

    /// <summary>Writes out a block, unless it is there already.</summary>
    internal void Load(MetricColumns metric, int block)
    {
        var column = metric.Find(name);
        if (_block == block && ReferenceEquals(column, _column) && column is not null)
        {
            return;
        }

        (_column, _block) = (column, block);
        if (column is null)
        {
            Array.Clear(_kinds);
        }
        else
        {
            column.Blocks[block].Decode(Bits, _kinds);
        }
    }

    internal bool TryGetValue(int row, out PropertyValue value)
    {
        value = default;
        return _column is null || _column.TryGetValue(new Cell(_kinds[row], Bits[row]), out value);
    }
}
