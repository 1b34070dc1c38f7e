namespace Klaviyo;

/// <summary>Count, sum, smallest, greatest and mean of the events of one metric, made in one pass and without allocation.</summary>
/// <remarks>
/// The numbers are those of the measures of the same names without a property. The default value is the summary of no events.
/// </remarks>
/// <threadsafety>This type is an immutable value type.</threadsafety>
public readonly record struct AggregateSummary
{
    private readonly double _min;
    private readonly double _max;

    internal AggregateSummary(long count, long valueCount, double sum, double min, double max)
    {
        Count = count;
        ValueCount = valueCount;
        Sum = sum;

        // One representation for "no values", because records are equal field by field.
        (_min, _max) = valueCount == 0 ? (0, 0) : (min, max);
    }

    /// <summary>Gets the number of events.</summary>
    public long Count { get; }

    /// <summary>Gets the number of events that have a value.</summary>
    public long ValueCount { get; }

    /// <summary>Gets the sum of the values; 0 where there is none.</summary>
    public double Sum { get; }

    /// <summary>Gets the smallest value; null where there is none.</summary>
    public double? Min => ValueCount == 0 ? null : _min;

    /// <summary>Gets the greatest value; null where there is none.</summary>
    public double? Max => ValueCount == 0 ? null : _max;

    /// <summary>Gets the mean of the values; null where there is none.</summary>
    public double? Average => ValueCount == 0 ? null : Sum / ValueCount;
}
