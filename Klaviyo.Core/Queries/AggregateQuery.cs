namespace Klaviyo;

/// <summary>What to make of the events of one metric in a window.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record AggregateQuery
{
    /// <summary>Gets the metric. Case-sensitive.</summary>
    public required string Metric { get; init; }

    /// <summary>Gets what to measure.</summary>
    /// <value>The default is the count.</value>
    public ValueList<Measure> Measures { get; init; } = [Measure.Count];

    /// <summary>Gets the window, relative to T.</summary>
    /// <value>The default is all time. Events after T never count.</value>
    public DateFilter Window { get; init; } = new AlltimeDateFilter();

    /// <summary>Gets a fixed range to look at, both ends inclusive, along with the window.</summary>
    /// <value>The default is no further bound.</value>
    public TimeRange Range { get; init; } = TimeRange.All;

    /// <summary>Gets the filters on properties; an event must pass all.</summary>
    public ValueList<PropertyFilter> Where { get; init; } = [];

    /// <summary>Gets the property by whose values the events are split.</summary>
    /// <value>Null does not split. Events without the property form the group of <see cref="PropertyValue.Null"/>.</value>
    public PropertyPath? GroupBy { get; init; }
}
