using System.Runtime.CompilerServices;

namespace Klaviyo.Storage.Chunks;

/// <summary>One column of a metric: its time, address or value, or a property by the code of its name.</summary>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class ChunkColumn(int name, ColumnDictionary? dictionary, ColumnBlock[] blocks)
{
    internal const int Value = -3;
    internal const int Address = -2;
    internal const int Time = -1;

    /// <summary>What addresses are divided by: records begin at multiples of 4.</summary>
    internal const int AddressUnit = Log.LogLayout.Alignment;

    /// <summary>Gets the code of the property, or one of the numbers above.</summary>
    internal int Name => name;

    internal ColumnDictionary? Dictionary => dictionary;

    internal ReadOnlySpan<ColumnBlock> Blocks => blocks;

    internal Cell this[int row]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => blocks[row >> BlockShape.RowBits][row & BlockShape.RowMask];
    }

    /// <summary>Gets the bits of a column in which every row has a value of one kind: times, addresses.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal long BitsOf(int row) => blocks[row >> BlockShape.RowBits].BitsOf(row & BlockShape.RowMask);

    /// <summary>Gets what a cell means.</summary>
    /// <returns>False where only the log knows.</returns>
    internal bool TryGetValue(in Cell cell, out PropertyValue value)
    {
        value = cell.Kind switch
        {
            CellKind.Null or CellKind.InLog => PropertyValue.Null,
            CellKind.Boolean => cell.Bits != 0,
            CellKind.String => dictionary![cell.Bits],
            CellKind.Instant => Instant.FromUnixMs(cell.Bits),
            _ => cell.AsNumber(),
        };
        return cell.Kind != CellKind.InLog;
    }
}
