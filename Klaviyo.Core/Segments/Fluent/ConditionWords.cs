namespace Klaviyo;

/// <summary>What can be said more about a condition that <see cref="When"/> has begun.</summary>
/// <threadsafety>Stateless.</threadsafety>
public static class ConditionWords
{
    /// <summary>A property of the events, which do not count unless it is as is said next.</summary>
    public static ValueTest<T> Where<T>(this T condition, PropertyPath property)
        where T : MetricCondition
    {
        return new(filter => (T)((MetricCondition)condition with { Where = [.. condition.Where, new PropertyFilter(property, filter)] }));
    }

    /// <summary>In the last units.</summary>
    public static T InTheLast<T>(this T condition, int quantity, TimeUnit unit)
        where T : MetricWindowCondition
    {
        return condition.During(new RelativeDateFilter(RelativeDateOperator.InTheLast, quantity, unit));
    }

    /// <summary>So long ago, or longer.</summary>
    public static T AtLeastAgo<T>(this T condition, int quantity, TimeUnit unit)
        where T : MetricWindowCondition
    {
        return condition.During(new RelativeDateFilter(RelativeDateOperator.AtLeast, quantity, unit));
    }

    /// <summary>From an instant, to before another.</summary>
    public static T Between<T>(this T condition, Instant start, Instant end)
        where T : MetricWindowCondition
    {
        return condition.During(new StaticDateRangeFilter(start, end));
    }

    /// <summary>Counts what happened since the run entered its flow. For flows only.</summary>
    public static T SinceFlowStart<T>(this T condition)
        where T : MetricWindowCondition
    {
        return condition.During(new FlowStartDateFilter());
    }

    /// <summary>In any window.</summary>
    public static T During<T>(this T condition, DateFilter window)
        where T : MetricWindowCondition
    {
        return (T)((MetricWindowCondition)condition with { Window = window });
    }

    /// <summary>How often; say next how many.</summary>
    public static NumberTest<ProfileMetricCondition> Times(this ProfileMetricCondition condition) => condition.Of(Measure.Count);

    /// <summary>The sum of the values; say next how much.</summary>
    public static NumberTest<ProfileMetricCondition> Sum(this ProfileMetricCondition condition) => condition.Of(Measure.Sum);

    /// <summary>The mean of the values; say next how much.</summary>
    public static NumberTest<ProfileMetricCondition> Average(this ProfileMetricCondition condition) => condition.Of(Measure.Average);

    /// <summary>Any measure; say next how much.</summary>
    public static NumberTest<ProfileMetricCondition> Of(this ProfileMetricCondition condition, Measure measure) =>
        new(amount => condition with { Measure = measure, Amount = amount });

    /// <summary>What is made of the events; say next what it is. How often the metric was done no longer matters.</summary>
    public static ValueTest<AggregateCondition> Aggregate(this ProfileMetricCondition condition, Measure measure)
    {
        return new(filter => new AggregateCondition
        {
            Metric = condition.Metric,
            Measure = measure,
            Filter = filter,
            Window = condition.Window,
            Where = condition.Where,
        });
    }

    /// <summary>A property of the latest event; say next what it is.</summary>
    public static ValueTest<LastMetricCondition> Has(this LastMetricCondition condition, PropertyPath property) =>
        new(filter => condition with { Filters = [.. condition.Filters, new PropertyFilter(property, filter)] });

    /// <summary>Without a break for so long or longer.</summary>
    public static HasBeenCondition ForAtLeast(this ProfilePropertyCondition condition, int quantity, TimeUnit unit) =>
        new(condition.Property, condition.Filter, true, new TimeStep(quantity, unit));

    /// <summary>Since less than so long ago.</summary>
    public static HasBeenCondition ForLessThan(this ProfilePropertyCondition condition, int quantity, TimeUnit unit) =>
        new(condition.Property, condition.Filter, false, new TimeStep(quantity, unit));

    /// <summary>And then did a metric.</summary>
    public static SequenceCondition Then(this SequenceCondition condition, string metric) =>
        condition with { Steps = [.. condition.Steps, new SequenceStep { Metric = metric }] };

    /// <summary>And then did not do a metric.</summary>
    public static SequenceCondition ThenNot(this SequenceCondition condition, string metric) =>
        condition with { Steps = [.. condition.Steps, new SequenceStep { Metric = metric, Happened = false }] };

    /// <summary>The last step that was said, within so long of the one before it.</summary>
    public static SequenceCondition Within(this SequenceCondition condition, int quantity, TimeUnit unit) =>
        condition.WithLast(condition.Steps[^1] with { Within = new TimeStep(quantity, unit) });

    /// <summary>The last step that was said, within so long of the first one.</summary>
    public static SequenceCondition WithinOfFirst(this SequenceCondition condition, int quantity, TimeUnit unit)
    {
        var within = new TimeStep(quantity, unit);
        return condition.WithLast(condition.Steps[^1] with { Within = within, Anchor = SequenceAnchor.First });
    }

    /// <summary>A property of the events of the last step that was said.</summary>
    public static ValueTest<SequenceCondition> Where(this SequenceCondition condition, PropertyPath property)
    {
        var last = condition.Steps[^1];
        return new(filter => condition.WithLast(last with { Where = [.. last.Where, new PropertyFilter(property, filter)] }));
    }

    /// <summary>All steps with the same value of a property.</summary>
    public static SequenceCondition OfTheSame(this SequenceCondition condition, PropertyPath key) => condition with { Key = key };

    /// <summary>Beginning in the last units.</summary>
    public static SequenceCondition InTheLast(this SequenceCondition condition, int quantity, TimeUnit unit) =>
        condition with { Window = new RelativeDateFilter(RelativeDateOperator.InTheLast, quantity, unit) };

    private static SequenceCondition WithLast(this SequenceCondition condition, SequenceStep step) =>
        condition with { Steps = [.. condition.Steps.Take(condition.Steps.Count - 1), step] };
}
