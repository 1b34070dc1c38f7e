namespace Klaviyo;

/// <summary>Makes an <see cref="AggregateSummary"/>, event by event: for a history that walks its own columns.</summary>
/// <threadsafety>One caller at a time.</threadsafety>
public struct RunningSummary
{
    private CompensatedSum _sum;
    private long _count;
    private long _valueCount;
    private double _min;
    private double _max;

    /// <summary>Creates the summary of no events.</summary>
    public RunningSummary() => (_min, _max) = (double.PositiveInfinity, double.NegativeInfinity);

    /// <summary>Gets the summary of what was added.</summary>
    public readonly AggregateSummary Summary => new(_count, _valueCount, _sum.Value, _min, _max);

    /// <summary>Adds the values of events.</summary>
    public void Add(ReadOnlySpan<EventRow> rows)
    {
        foreach (ref readonly var row in rows)
        {
            Add(row.Value);
        }
    }

    /// <summary>Adds an event.</summary>
    /// <param name="value">Its value; <see cref="double.NaN"/> where it has none.</param>
    public void Add(double value)
    {
        _count++;
        if (double.IsNaN(value))
        {
            return;
        }

        _valueCount++;
        _sum.Add(value);
        _min = value < _min ? value : _min;
        _max = value > _max ? value : _max;
    }
}
