namespace Klaviyo.Storage.Chunks;

/// <summary>The events of one metric in a chunk, as columns sorted by profile, time and arrival.</summary>
/// <param name="Metric">The code of the metric's name.</param>
/// <param name="Rows">How many events.</param>
/// <param name="Index">Which rows belong to which profile.</param>
/// <param name="Columns">By the code of the name, ascending.</param>
internal sealed record MetricColumns(int Metric, int Rows, OrdinalIndex Index, ChunkColumn[] Columns)
{
    internal ChunkColumn Time => Columns[ChunkColumn.Time - ChunkColumn.Value];

    internal ChunkColumn Address => Columns[ChunkColumn.Address - ChunkColumn.Value];

    internal ChunkColumn Value => Columns[0];

    /// <summary>Gets the earliest and the latest time of an event, from the zone maps.</summary>
    internal (long FirstMs, long LastMs) Span
    {
        get
        {
            var (first, last) = (long.MaxValue, long.MinValue);
            foreach (var block in Time.Blocks)
            {
                first = Math.Min(first, block.Shape.Least);
                last = Math.Max(last, block.Shape.Most);
            }

            return (first, last);
        }
    }

    /// <summary>Gets the column of a name; null where no event of the metric has the property.</summary>
    internal ChunkColumn? Find(int name)
    {
        int low = 0, high = Columns.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (Columns[middle].Name < name)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low < Columns.Length && Columns[low].Name == name ? Columns[low] : null;
    }
}
