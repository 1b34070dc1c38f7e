namespace Klaviyo;

/// <summary>Holds when a property matches a filter, and has done so without a break for so long, or not for so long yet.</summary>
/// <remarks>
/// Our addition, written as <c>has_been</c> on a property condition. Writing an equal value again is no break. Where the
/// filter matches from the beginning, e.g. <c>not-set</c>, the time counts from when the profile was created. What a filter on
/// dates matches changes by time, and that is a break too.
/// </remarks>
public sealed record HasBeenCondition : Condition
{
    private readonly TimeStep _step;

    /// <summary>Creates a condition.</summary>
    /// <param name="property">The property.</param>
    /// <param name="filter">The test of its values.</param>
    /// <param name="atLeast">True for at least so long, false for less than so long.</param>
    /// <param name="duration">The units; not negative.</param>
    /// <exception cref="ArgumentOutOfRangeException">The duration is negative.</exception>
    public HasBeenCondition(PropertyPath property, ValueFilter filter, bool atLeast, TimeStep duration)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(duration.Quantity);
        Property = property;
        Filter = filter;
        AtLeast = atLeast;
        Duration = duration;
        _step = duration with { Quantity = -duration.Quantity };
    }

    /// <summary>Gets the property.</summary>
    public PropertyPath Property { get; }

    /// <summary>Gets the test of its values.</summary>
    public ValueFilter Filter { get; }

    /// <summary>Gets whether at least so long is asked for; otherwise less than so long.</summary>
    public bool AtLeast { get; }

    /// <summary>Gets how long.</summary>
    public TimeStep Duration { get; }

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) =>
        Since(context) is { } since && since <= _step.From(context.At, context.Zone) == AtLeast;

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context)
    {
        var next = PropertyWrites.NextAfter(Property, context);
        next = Boundary.Earlier(next, Filter.NextBoundary(Property.Of(context.History, context.At), context));
        return Since(context) is { } since
            ? Boundary.Earlier(next, _step.NextReach(since, context.At, context.Zone))
            : next;
    }

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var words = $"{Property} {Filter.Words} for {(AtLeast ? "at least" : "less than")} {UnitWords.Of(Duration.Quantity, Duration.Unit)}";
        return new Explanation(words, Holds(context), Property.Of(context.History, context.At), [], []);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies) => dependencies.Properties.UnionWith(Property.Names);

    // Since when the filter matches without a break; null where it does not match now. Identifiers have no time: the profile has them
    // for as long as there is one.
    private Instant? Since(in EvaluationContext context)
    {
        var created = context.History.Created;
        return LastBegin(context) is { } since ? since < created ? created : since : null;
    }

    private Instant? LastBegin(in EvaluationContext context)
    {
        if (!Filter.Matches(Property.Of(context.History, context.At), context))
        {
            return null;
        }

        Instant? since = null;
        var until = context.At;
        foreach (var time in PropertyWrites.TimesUntil(Property, context))
        {
            var begin = Began(time, until, context);
            if (begin != time)
            {
                return begin ?? since;
            }

            (since, until) = (time, time.PlusMs(-1));
        }

        return Filter.Matches(default, context) ? context.History.Created : since;
    }

    // Since when the value that was written at an instant matches until another; null where it does not then.
    private Instant? Began(Instant written, Instant until, in EvaluationContext context)
    {
        var value = Property.Of(context.History, written);
        Instant? began = Filter.Matches(value, context with { At = written }) ? written : null;
        for (var next = Next(written, context); next is { } at && at <= until; next = Next(at, context))
        {
            began = Filter.Matches(value, context with { At = at }) ? began ?? at : null;
        }

        return began;

        Instant? Next(Instant at, in EvaluationContext around) => Filter.NextBoundary(value, around with { At = at });
    }
}
