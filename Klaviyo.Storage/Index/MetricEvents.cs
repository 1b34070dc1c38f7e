namespace Klaviyo.Storage.Index;

/// <summary>One profile's events of one metric, by time, then arrival.</summary>
/// <remarks>
/// Times are read where they stand: of most events nobody asks for them, and a long history is in no cache.
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate. Valid until the next write to any profile of the lane.</threadsafety>
internal sealed class MetricEvents
{
    private TimelineBlock _block;
    private int[] _rows = new int[64];
    private long[] _times = [];
    private double[] _values = new double[64];
    private bool _isCopied;

    internal int Count { get; private set; }

    /// <summary>Gets the values, where they were asked for.</summary>
    internal ReadOnlySpan<double> Values => _values.AsSpan(0, Count);

    /// <summary>Gets the time of an event.</summary>
    internal long TimeMs(int index) => _isCopied ? _times[index] : _block.TimeMs(_rows[index]);

    /// <summary>Turns to no events.</summary>
    internal void Clear() => Count = 0;

    /// <summary>Turns to the events of a metric among the first rows of a block.</summary>
    internal void Turn(in TimelineBlock block, int count, int metric, bool withValues)
    {
        Grow(ref _rows, count);
        (_block, _isCopied) = (block, false);
        Count = block.RowsOf(metric, count, _rows);
        if (withValues)
        {
            Grow(ref _values, Count);
            for (var i = 0; i < Count; i++)
            {
                _values[i] = block.Value(_rows[i]);
            }
        }
    }

    /// <summary>Turns to events that are in several blocks.</summary>
    internal void Turn(ReadOnlySpan<EventRow> events)
    {
        Grow(ref _times, events.Length);
        Grow(ref _values, events.Length);
        (Count, _isCopied) = (events.Length, true);
        for (var i = 0; i < events.Length; i++)
        {
            (_times[i], _values[i]) = (events[i].Time.UnixMs, events[i].Value);
        }
    }

    private static void Grow<T>(ref T[] array, int count)
    {
        if (array.Length < count)
        {
            array = new T[Math.Max(count, 2 * array.Length)];
        }
    }
}
