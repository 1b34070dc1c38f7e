using System.Buffers.Binary;

namespace Klaviyo.Storage.Chunks;

/// <summary>Reads the directory at the end of a chunk: its metrics, their columns, the blocks of those.</summary>
/// <remarks>Its checksum has been checked, so what it says is what was written.</remarks>
internal ref struct ChunkDirectory(Chunk chunk, ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _left = bytes;

    internal MetricColumns[] ReadMetrics(int count)
    {
        var metrics = new MetricColumns[count];
        for (var i = 0; i < count; i++)
        {
            metrics[i] = ReadMetric();
        }

        return metrics;
    }

    private MetricColumns ReadMetric()
    {
        var (metric, rows) = (Int32(), Int32());
        var index = new OrdinalIndex(chunk, ReadPlace());
        var columns = new ChunkColumn[Int32()];
        for (var i = 0; i < columns.Length; i++)
        {
            columns[i] = ReadColumn(rows);
        }

        return new MetricColumns(metric, rows, index, columns);
    }

    private ChunkColumn ReadColumn(int rows)
    {
        var (name, strings) = (Int32(), Int32());
        var place = ReadPlace();
        var dictionary = strings == 0 ? null : new ColumnDictionary(chunk, place, strings);
        var blocks = new ColumnBlock[(rows + BlockShape.RowMask) >> BlockShape.RowBits];
        for (var i = 0; i < blocks.Length; i++)
        {
            blocks[i] = new ColumnBlock(chunk, ReadShape(Math.Min(BlockShape.RowsMax, rows - (i << BlockShape.RowBits))));
        }

        return new ChunkColumn(name, dictionary, blocks);
    }

    private BlockShape ReadShape(int rows)
    {
        var place = ReadPlace();
        var (least, most) = (Int64(), Int64());
        var (kinds, width) = (Take(1)[0], Take(1)[0]);
        return new BlockShape(place, least, most, kinds, width, rows, BinaryPrimitives.ReadUInt16LittleEndian(Take(2)));
    }

    private PartPlace ReadPlace() => new(Int64(), Int32(), unchecked((uint)Int32()));

    private int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    private long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    private ReadOnlySpan<byte> Take(int count)
    {
        var taken = _left[..count];
        _left = _left[count..];
        return taken;
    }
}
