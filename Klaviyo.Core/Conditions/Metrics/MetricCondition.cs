namespace Klaviyo;

/// <summary>A condition on the events of one metric.</summary>
public abstract record MetricCondition : Condition
{
    private protected MetricCondition()
    {
    }

    /// <summary>Gets the metric. Case-sensitive.</summary>
    public required string Metric { get; init; }

    /// <summary>Gets the filters on properties of the events; an event that does not pass all of them does not count.</summary>
    public ValueList<PropertyFilter> Where { get; init; } = [];

    internal Unseen<string> NoFilters { get; init; }

    private protected EventSelection Selection => new(Metric, Where);

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => dependencies.Metrics.Add(Metric);
}

/// <summary>A condition on the events of one metric in a window.</summary>
public abstract record MetricWindowCondition : MetricCondition
{
    private protected MetricWindowCondition()
    {
    }

    /// <summary>Gets the window, relative to T.</summary>
    /// <value>The default is all time. Events after T never count.</value>
    public DateFilter Window { get; init; } = new AlltimeDateFilter();
}
