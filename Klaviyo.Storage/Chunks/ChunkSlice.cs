using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Chunks;

/// <summary>The events of one profile and metric in one chunk, with the place where the last one was found.</summary>
internal sealed class ChunkSlice
{
    private const int NamesMax = 4;

    private readonly string?[] _names = new string?[NamesMax];
    private readonly ChunkColumn?[] _columns = new ChunkColumn?[NamesMax];
    private ChunkRange _range;
    private MetricColumns? _metric;
    private ChunkColumn _addresses = null!;
    private int _start;
    private int _end;
    private int _row;
    private int _nextName;

    internal bool Covers(long address) => _range.Contains(address);

    internal void Clear() => (_range, _metric) = (default, null);

    /// <summary>Turns to a chunk; null for a stretch that has none.</summary>
    internal void TurnTo(Chunk? chunk, int ordinal, int metric)
    {
        Clear();
        Array.Clear(_names);
        _metric = chunk?.Find(metric);
        if (_metric is not null && _metric.Index.TryFind(ordinal, out _start, out _end))
        {
            (_range, _addresses, _row) = (chunk!.Range, _metric.Address, _start);
        }
        else
        {
            _metric = null;
        }
    }

    internal bool TryRead(long address, string name, NameTable names, out PropertyValue value)
    {
        value = default;
        if (_metric is null || !TryFindRow(address / ChunkColumn.AddressUnit))
        {
            return false;
        }

        var column = ColumnOf(name, names);
        return column is null || column.TryGetValue(column[_row], out value);
    }

    // A filter on several properties asks for the same event again, then for the next one.
    private bool TryFindRow(long address)
    {
        if (_addresses.BitsOf(_row) == address)
        {
            return true;
        }

        if (_row + 1 < _end && _addresses.BitsOf(_row + 1) == address)
        {
            _row++;
            return true;
        }

        return TrySearch(address);
    }

    // Rows are in the order of time, addresses in that of arrival: almost the same, so halving mostly finds the row.
    private bool TrySearch(long address)
    {
        int low = _start, high = _end;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            var found = _addresses.BitsOf(middle);
            if (found == address)
            {
                _row = middle;
                return true;
            }

            (low, high) = found < address ? (middle + 1, high) : (low, middle);
        }

        return TryWalk(address);
    }

    private bool TryWalk(long address)
    {
        for (var row = _start; row < _end; row++)
        {
            if (_addresses.BitsOf(row) == address)
            {
                _row = row;
                return true;
            }
        }

        return false;
    }

    // The caller asks with the same object again and again, so names are compared as references first.
    private ChunkColumn? ColumnOf(string name, NameTable names)
    {
        for (var i = 0; i < NamesMax; i++)
        {
            if (ReferenceEquals(_names[i], name))
            {
                return _columns[i];
            }
        }

        var place = _nextName;
        _nextName = (place + 1) % NamesMax;
        _columns[place] = names.TryGetCode(name, out var code) ? _metric!.Find(code) : null;
        _names[place] = name;
        return _columns[place];
    }
}
