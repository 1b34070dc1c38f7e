using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;
using MessagePack;

namespace Klaviyo.Storage.Chunks;

/// <summary>Gathers the events of a stretch of the log and writes them as a chunk.</summary>
/// <remarks>
/// The same records give the same bytes, so a chunk can be checked by making it again. Names stay codes: no table of names
/// is needed, and no gate.
/// </remarks>
internal sealed class ChunkBuilder : IDisposable
{
    private readonly SortedDictionary<int, MetricRows> _metrics = [];
    private MetricRows? _last;

    /// <summary>Gets the number of events.</summary>
    internal int Events { get; private set; }

    /// <summary>Takes in a record; only events matter.</summary>
    internal void Add(in LogRecord record)
    {
        if (record.Kind == (byte)RecordKind.Event)
        {
            AddEvent(record.Address.Value, record.Payload.Span);
        }
    }

    /// <summary>Writes the chunk.</summary>
    /// <param name="store">The store.</param>
    /// <param name="range">What the chunk covers.</param>
    /// <param name="between">Called after each column.</param>
    internal ChunkImage Build(Guid store, ChunkRange range, Action between)
    {
        using var directory = new ChunkImage();
        var image = new ChunkImage();
        image.Room(ChunkHeader.Bytes);
        foreach (var rows in _metrics.Values)
        {
            MetricEncoder.Write(image, directory, rows, between);
        }

        var header = new ChunkHeader(store, range, _metrics.Count, image.Length, directory.Length);
        header.Write(image.At(0, ChunkHeader.Bytes), directory.Written);
        image.Add(directory.Written);
        return image;
    }

    public void Dispose()
    {
        foreach (var rows in _metrics.Values)
        {
            rows.Dispose();
        }
    }

    private void AddEvent(long address, ReadOnlySpan<byte> payload)
    {
        var reader = new PayloadReader(payload);
        var head = EventRecord.ReadHead(ref reader);
        var rows = RowsOf(head.Metric);
        var row = rows.Add(new EventHead(head.Profile, head.TimeMs, address, head.Value));
        var count = reader.ReadMapHeader();
        for (var i = 0; i < count; i++)
        {
            AddCell(ref reader, rows.ColumnOf(reader.ReadCode(), i), row);
        }

        Events++;
    }

    private MetricRows RowsOf(int metric)
    {
        if (_last?.Metric == metric)
        {
            return _last;
        }

        if (!_metrics.TryGetValue(metric, out _last))
        {
            _metrics.Add(metric, _last = new MetricRows(metric));
        }

        return _last;
    }

    private static void AddCell(ref PayloadReader reader, ColumnCells column, int row)
    {
        switch (reader.NextType)
        {
            case MessagePackType.Nil:
                _ = reader.TryReadNil();
                break;
            case MessagePackType.Boolean:
                column.Add(row, new Cell(CellKind.Boolean, reader.ReadBoolean() ? 1 : 0));
                break;
            case MessagePackType.Integer or MessagePackType.Float:
                column.Add(row, Cell.Number(reader.ReadNumber()));
                break;
            case MessagePackType.String:
                column.Add(row, reader.ReadUtf8());
                break;
            case MessagePackType.Extension:
                column.Add(row, new Cell(CellKind.Instant, reader.ReadInstantValue()));
                break;
            default:
                reader.Skip(1);
                column.Add(row, Cell.InLog);
                break;
        }
    }
}
