namespace Klaviyo.Storage.Chunks;

/// <summary>The events of one metric, in the order of the log, as they are gathered for a chunk.</summary>
internal sealed class MetricRows(int metric) : IDisposable
{
    private readonly UnmanagedList<EventHead> _heads = new();
    private readonly List<ColumnCells> _columns = [];
    private readonly Dictionary<int, ColumnCells> _byName = [];

    /// <summary>Gets the code of the metric.</summary>
    internal int Metric => metric;

    internal ReadOnlySpan<EventHead> Heads => _heads.Items;

    /// <summary>Gets the properties that any event has, in the order of their codes.</summary>
    internal IEnumerable<ColumnCells> Columns => _columns.OrderBy(c => c.Name);

    internal int ColumnCount => _columns.Count;

    /// <summary>Adds an event.</summary>
    /// <returns>Its row.</returns>
    internal int Add(in EventHead head)
    {
        _heads.Add(head);
        return _heads.Count - 1;
    }

    /// <summary>Gets the column of a property.</summary>
    /// <param name="name">The code of the property.</param>
    /// <param name="place">Where among the properties of its event it stands: mostly where it stood in the one before.</param>
    internal ColumnCells ColumnOf(int name, int place)
    {
        if (place < _columns.Count && _columns[place].Name == name)
        {
            return _columns[place];
        }

        if (!_byName.TryGetValue(name, out var column))
        {
            column = new ColumnCells(name);
            _byName.Add(name, column);
            _columns.Add(column);
        }

        return column;
    }

    /// <summary>Gets the rows in the order of the chunk: by profile, time, arrival. The caller disposes of them.</summary>
    internal UnmanagedList<int> Order()
    {
        var heads = Heads;
        using var list = new UnmanagedList<long>();
        var keys = list.Add(heads.Length, slack: 0);
        for (var row = 0; row < keys.Length; row++)
        {
            keys[row] = ((long)heads[row].Ordinal << 32) | (uint)row;
        }

        // Sorting by profile leaves the rows of each in the order of arrival, which is almost always that of time.
        keys.Sort();
        var rows = new UnmanagedList<int>();
        var order = rows.Add(keys.Length, slack: 0);
        for (var row = 0; row < keys.Length; row++)
        {
            order[row] = unchecked((int)keys[row]);
        }

        for (var start = 0; start < order.Length;)
        {
            var end = EndOfProfile(heads, order, start, out var isSorted);
            if (!isSorted)
            {
                order[start..end].Sort(ByTime);
            }

            start = end;
        }

        return rows;
    }

    public void Dispose()
    {
        _heads.Dispose();
        _columns.ForEach(column => column.Dispose());
    }

    private int ByTime(int left, int right)
    {
        var heads = Heads;
        return heads[left].TimeMs != heads[right].TimeMs
            ? heads[left].TimeMs.CompareTo(heads[right].TimeMs)
            : left.CompareTo(right);
    }

    private static int EndOfProfile(ReadOnlySpan<EventHead> heads, ReadOnlySpan<int> order, int start, out bool isSorted)
    {
        var end = start + 1;
        isSorted = true;
        for (; end < order.Length && heads[order[end]].Ordinal == heads[order[start]].Ordinal; end++)
        {
            isSorted &= heads[order[end - 1]].TimeMs <= heads[order[end]].TimeMs;
        }

        return end;
    }
}

/// <summary>What every event has.</summary>
internal readonly record struct EventHead(int Ordinal, long TimeMs, long Address, double Value);
