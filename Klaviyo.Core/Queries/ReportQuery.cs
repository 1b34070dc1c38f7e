namespace Klaviyo;

/// <summary>What to make of the events of one metric over everybody: Klaviyo's metric aggregate.</summary>
/// <example>
/// <code>
/// new ReportQuery { Metric = "Placed Order", Measures = [ReportMeasure.Sum], Interval = TimeUnit.Month, By = ["Category"] }
/// </code>
/// </example>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ReportQuery
{
    /// <summary>Gets the metric. Case-sensitive.</summary>
    public required string Metric { get; init; }

    /// <summary>Gets what to measure.</summary>
    /// <value>The default is the count.</value>
    public ValueList<ReportMeasure> Measures { get; init; } = [ReportMeasure.Count];

    /// <summary>Gets the unit of the calendar for which there is a number each.</summary>
    /// <value>Null, the default, for one number over the whole range.</value>
    public TimeUnit? Interval { get; init; }

    /// <summary>Gets the properties of the events by whose values they are split.</summary>
    /// <value>The default does not split. Events without a property form the group of <see cref="PropertyValue.Null"/>.</value>
    public ValueList<PropertyPath> By { get; init; } = [];

    /// <summary>Gets the times of the events that count, both ends inclusive.</summary>
    /// <value>The default is all. Events after T never count.</value>
    public TimeRange Range { get; init; } = TimeRange.All;

    /// <summary>Gets what an event must pass, all of it.</summary>
    /// <value>The fields are <c>value</c>, <c>datetime</c> and properties of the event.</value>
    public ValueList<FilterExpression> Where { get; init; } = [];

    /// <summary>Gets the zone that decides calendar units.</summary>
    /// <value>Null, the default, for the account's.</value>
    public AccountZone? Zone { get; init; }

    /// <summary>Gets by what the groups are ordered: a property of <see cref="By"/> or the name of a measure, by its total.</summary>
    /// <value>Null, the default, for the values of the properties, in their order.</value>
    public string? SortBy { get; init; }

    /// <summary>Gets whether the greatest comes first.</summary>
    public bool Descending { get; init; }

    /// <summary>Gets how many groups the answer has at most: the first ones in the order.</summary>
    /// <value>The default is all.</value>
    public int Limit { get; init; } = int.MaxValue;
}
