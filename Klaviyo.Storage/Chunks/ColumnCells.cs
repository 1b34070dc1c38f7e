namespace Klaviyo.Storage.Chunks;

/// <summary>The cells of one property, in the order of the log; rows without it have none.</summary>
internal sealed class ColumnCells(int name) : IDisposable
{
    // A string beyond this is rarely one of few, and would stand on the disk a second time for nothing.
    private const int StringBytesMax = 128;

    // Where the strings differ from row to row (ids, urls), the column would be as large as what the log has of them.
    private const int DictionaryBytesARowMax = 24;

    private readonly DictionaryBuilder _strings = new();
    private readonly UnmanagedList<int> _rows = new();
    private readonly UnmanagedList<CellKind> _kinds = new();
    private readonly UnmanagedList<long> _bits = new();
    private int _stringCells;

    /// <summary>Gets the code of the property.</summary>
    internal int Name => name;

    /// <summary>Gets the strings that the column needs; null where it has none, or leaves them to the log.</summary>
    internal DictionaryBuilder? Strings =>
        _stringCells == 0 || _strings.Bytes > (long)_stringCells * DictionaryBytesARowMax ? null : _strings;

    internal void Add(int row, in Cell cell)
    {
        _rows.Add(row);
        _kinds.Add(cell.Kind);
        _bits.Add(cell.Bits);
    }

    internal void Add(int row, ReadOnlySpan<byte> text)
    {
        if (text.Length > StringBytesMax)
        {
            Add(row, Cell.InLog);
            return;
        }

        _stringCells++;
        Add(row, new Cell(CellKind.String, _strings.CodeOf(text)));
    }

    /// <summary>Puts each cell where its row stands in the chunk.</summary>
    /// <param name="places">Where each row stands.</param>
    /// <param name="cells">The cells of all rows, which are clear.</param>
    /// <param name="isUsed">Receives into which blocks cells were put.</param>
    internal void Place(ReadOnlySpan<int> places, Span<Cell> cells, Span<bool> isUsed)
    {
        var rows = _rows.Items;
        var kinds = _kinds.Items;
        var bits = _bits.Items;
        var leavesStrings = Strings is null;
        for (var i = 0; i < rows.Length; i++)
        {
            var isLeft = leavesStrings && kinds[i] == CellKind.String;
            var place = places[rows[i]];
            cells[place] = isLeft ? Cell.InLog : new Cell(kinds[i], bits[i]);
            isUsed[place / BlockShape.RowsMax] = true;
        }
    }

    public void Dispose()
    {
        _strings.Dispose();
        _rows.Dispose();
        _kinds.Dispose();
        _bits.Dispose();
    }
}
