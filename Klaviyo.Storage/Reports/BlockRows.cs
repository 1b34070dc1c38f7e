using Klaviyo.Storage.Chunks;
using Klaviyo.Storage.Lanes;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Reports;

/// <summary>The rows of one block of a metric: their fields as columns, or one by one.</summary>
/// <remarks>Columns are written out when they are first asked for. What no column holds is read from the log.</remarks>
internal sealed class BlockRows
{
    private readonly List<DecodedColumn> _columns = [];
    private readonly Dictionary<string, PropertyPath> _paths = [];
    private readonly int[] _owners = new int[BlockShape.RowsMax];
    private ReportLane _lane = null!;
    private MetricColumns _metric = null!;
    private byte[] _record = new byte[512];
    private int _block;

    /// <summary>Gets the number of rows.</summary>
    internal int Count { get; private set; }

    /// <summary>Gets the rows' first place among all rows of the metric in the chunk.</summary>
    internal int FirstRow => _block << BlockShape.RowBits;

    /// <summary>Turns to a block of a metric.</summary>
    internal void TurnTo(ReportLane lane, MetricColumns metric, int block)
    {
        if (!ReferenceEquals(lane, _lane))
        {
            // Codes of names are those of a lane.
            _columns.Clear();
        }

        (_lane, _metric, _block) = (lane, metric, block);
        Count = metric.Time.Blocks[block].Shape.Rows;
    }

    /// <summary>Gets a fixed column.</summary>
    internal DecodedColumn Fixed(int name)
    {
        var column = _columns.Find(c => c.Name == name);
        if (column is null)
        {
            _columns.Add(column = new DecodedColumn(name));
        }

        column.Load(_metric, _block);
        return column;
    }

    /// <summary>Gets the column of a property; null where the lane has never met its name.</summary>
    internal DecodedColumn? Property(string name) => _lane.Names.TryGetCode(name, out var code) ? Fixed(code) : null;

    /// <summary>Gets the number, among the profiles of all lanes, of whom each row belongs to.</summary>
    internal ReadOnlySpan<int> Owners()
    {
        var owners = _owners.AsSpan(0, Count);
        _metric.Index.Decode(FirstRow, owners);
        foreach (ref var owner in owners)
        {
            owner += _lane.FirstProfile;
        }

        return owners;
    }

    /// <summary>Takes out the rows behind an address: a chunk that was finished later may hold events that came later.</summary>
    internal void TakeOutFrom(long until, Span<int> units)
    {
        if (until == long.MaxValue)
        {
            return;
        }

        var addresses = Fixed(ChunkColumn.Address).Bits;
        for (var row = 0; row < units.Length; row++)
        {
            units[row] = addresses[row] * ChunkColumn.AddressUnit < until ? units[row] : ReportDates.None;
        }
    }

    /// <summary>Gets a property of a row, by a way into lists and objects.</summary>
    internal PropertyValue ValueOf(PropertyPath path, int row)
    {
        if (path.Text == "$value")
        {
            return ValueOf(row);
        }

        var names = path.Names;
        if (names.Count == 1 && names[0] == path.Text)
        {
            return Plain(path.Text, row);
        }

        var properties = new PropertyMap(names.Count);
        foreach (var name in names)
        {
            properties[name] = Plain(name, row);
        }

        return path.Of(properties);
    }

    /// <summary>Gets a field of a row, as filters name it.</summary>
    internal PropertyValue Field(string name, int row)
    {
        return name switch
        {
            "value" => ValueOf(row),
            "time" or "datetime" => Instant.FromUnixMs(Fixed(ChunkColumn.Time).Bits[row]),
            "metric" => _lane.Names[_metric.Metric],
            "id" => IdOf(row).ToString(),
            "received" => Read(row).Received,
            "unique_id" => Read(row).UniqueId,
            _ => ValueOf(PathOf(name), row),
        };
    }

    private PropertyValue ValueOf(int row)
    {
        _ = Fixed(ChunkColumn.Value).TryGetValue(row, out var value);
        return value;
    }

    private PropertyValue Plain(string name, int row)
    {
        return Property(name) is not { } column ? PropertyValue.Null
            : column.TryGetValue(row, out var value) ? value
            : Read(row).Properties[name];
    }

    private PropertyPath PathOf(string name)
    {
        if (!_paths.TryGetValue(name, out var path))
        {
            _paths.Add(name, path = new PropertyPath(name));
        }

        return path;
    }

    private EventId IdOf(int row) =>
        StoreState.EventIdOf(_lane.Log.Lane, Fixed(ChunkColumn.Address).Bits[row] * ChunkColumn.AddressUnit);

    private StoredEvent Read(int row)
    {
        var id = IdOf(row);
        var record = _lane.Log.Read(StoreState.AddressOf(id), ref _record);
        return _lane.Log.Decode(record, r => EventRecord.ReadAll(r.Payload.Span, id, _lane.Names));
    }
}
