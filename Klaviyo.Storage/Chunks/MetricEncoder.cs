namespace Klaviyo.Storage.Chunks;

/// <summary>Writes the events of one metric: its index and its columns, and their entries in the directory.</summary>
internal static class MetricEncoder
{
    private const int FixedColumns = 3;

    internal static void Write(ChunkImage image, ChunkImage directory, MetricRows rows, Action between)
    {
        using var ordered = rows.Order();
        var order = ordered.Items;
        directory.Add(rows.Metric);
        directory.Add(order.Length);
        directory.Add(WriteIndex(image, rows.Heads, order));
        directory.Add(FixedColumns + rows.ColumnCount);
        between();
        WriteFixed(image, directory, rows, order);
        WriteProperties(image, directory, rows, order, between);
    }

    private static PartPlace WriteIndex(ChunkImage image, ReadOnlySpan<EventHead> heads, ReadOnlySpan<int> order)
    {
        var start = image.Length;
        using var ends = new UnmanagedList<int>();
        for (var row = 0; row < order.Length; row++)
        {
            var ordinal = heads[order[row]].Ordinal;
            if (row + 1 == order.Length || heads[order[row + 1]].Ordinal != ordinal)
            {
                image.Add(ordinal);
                ends.Add(row + 1);
            }
        }

        foreach (var end in ends.Items)
        {
            image.Add(end);
        }

        return image.PlaceSince(start);
    }

    private static void WriteFixed(ChunkImage image, ChunkImage directory, MetricRows rows, ReadOnlySpan<int> order)
    {
        var heads = rows.Heads;
        using var list = new UnmanagedList<Cell>();
        var cells = list.Add(order.Length, slack: 0);
        for (var row = 0; row < cells.Length; row++)
        {
            var value = heads[order[row]].Value;
            cells[row] = double.IsNaN(value) ? default : Cell.Number(value);
        }

        WriteColumn(image, directory, ChunkColumn.Value, cells);
        for (var row = 0; row < cells.Length; row++)
        {
            cells[row] = new Cell(CellKind.Whole, heads[order[row]].Address / ChunkColumn.AddressUnit);
        }

        WriteColumn(image, directory, ChunkColumn.Address, cells);
        for (var row = 0; row < cells.Length; row++)
        {
            cells[row] = new Cell(CellKind.Instant, heads[order[row]].TimeMs);
        }

        WriteColumn(image, directory, ChunkColumn.Time, cells);
    }

    private static void WriteProperties(
        ChunkImage image, ChunkImage directory, MetricRows rows, ReadOnlySpan<int> order, Action between)
    {
        using var placeList = new UnmanagedList<int>();
        using var cellList = new UnmanagedList<Cell>();
        var places = placeList.Add(order.Length, slack: 0);
        var cells = cellList.Add(order.Length, slack: 0);
        cells.Clear();
        for (var row = 0; row < order.Length; row++)
        {
            places[order[row]] = row;
        }

        // Where there are as many names as events, looking at every row for every name would take for ever.
        var isUsed = new bool[(order.Length + BlockShape.RowsMax - 1) / BlockShape.RowsMax];
        var unused = BlockEncoder.Write(image, cells[..Math.Min(cells.Length, BlockShape.RowsMax)]);
        foreach (var column in rows.Columns)
        {
            between();
            column.Place(places, cells, isUsed);
            WriteHead(image, directory, column.Name, column.Strings);
            for (var number = 0; number < isUsed.Length; number++)
            {
                var block = BlockOf(cells, number);
                if (isUsed[number] || block.Length != unused.Rows)
                {
                    directory.Add(BlockEncoder.Write(image, block));
                    block.Clear();
                    isUsed[number] = false;
                }
                else
                {
                    directory.Add(unused with { Part = image.PlaceSince(image.Length) });
                }
            }
        }
    }

    private static void WriteHead(ChunkImage image, ChunkImage directory, int name, DictionaryBuilder? strings)
    {
        var start = image.Length;
        strings?.Write(image);
        directory.Add(name);
        directory.Add(strings?.Count ?? 0);
        directory.Add(image.PlaceSince(start));
    }

    private static Span<Cell> BlockOf(Span<Cell> cells, int number)
    {
        var row = number * BlockShape.RowsMax;
        return cells.Slice(row, Math.Min(BlockShape.RowsMax, cells.Length - row));
    }

    private static void WriteColumn(ChunkImage image, ChunkImage directory, int name, Span<Cell> cells)
    {
        WriteHead(image, directory, name, null);
        for (var number = 0; number * BlockShape.RowsMax < cells.Length; number++)
        {
            directory.Add(BlockEncoder.Write(image, BlockOf(cells, number)));
        }
    }
}
