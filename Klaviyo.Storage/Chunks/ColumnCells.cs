namespace Klaviyo.Storage.Chunks;

/// <summary>The cells of one property, in the order of the log; rows without it have none.</summary>
internal sealed class ColumnCells(int name)
{
    // A string beyond this is rarely one of few, and would stand on the disk a second time for nothing.
    private const int StringBytesMax = 128;

    // Where the strings differ from row to row (ids, urls), the column would be as large as what the log has of them.
    private const int DictionaryBytesARowMax = 24;

    private readonly DictionaryBuilder _strings = new();
    private int[] _rows = new int[64];
    private Cell[] _cells = new Cell[64];
    private int _stringCells;

    /// <summary>Gets the code of the property.</summary>
    internal int Name => name;

    internal int Count { get; private set; }

    /// <summary>Gets the strings that the column needs; null where it has none, or leaves them to the log.</summary>
    internal DictionaryBuilder? Strings =>
        _stringCells == 0 || _strings.Bytes > (long)_stringCells * DictionaryBytesARowMax ? null : _strings;

    internal void Add(int row, in Cell cell)
    {
        if (Count == _rows.Length)
        {
            Array.Resize(ref _rows, Count * 2);
            Array.Resize(ref _cells, Count * 2);
        }

        _rows[Count] = row;
        _cells[Count++] = cell;
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
    internal void Place(ReadOnlySpan<int> places, Span<Cell> cells)
    {
        cells.Clear();
        var keepsStrings = Strings is not null;
        for (var i = 0; i < Count; i++)
        {
            var cell = _cells[i];
            cells[places[_rows[i]]] = cell.Kind == CellKind.String && !keepsStrings ? Cell.InLog : cell;
        }
    }
}
