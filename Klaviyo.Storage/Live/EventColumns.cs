namespace Klaviyo.Storage.Live;

/// <summary>The times and values of one profile's events of one metric, by time, then arrival.</summary>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class EventColumns
{
    private long[] _times = new long[64];
    private double[] _values = new double[64];

    internal int Count { get; private set; }

    internal ReadOnlySpan<long> Times => _times.AsSpan(0, Count);

    internal ReadOnlySpan<double> Values => _values.AsSpan(0, Count);

    internal void Clear() => Count = 0;

    internal void Add(long time, double value)
    {
        if (Count == _times.Length)
        {
            Array.Resize(ref _times, 2 * Count);
            Array.Resize(ref _values, 2 * Count);
        }

        (_times[Count], _values[Count]) = (time, value);
        Count++;
    }
}
