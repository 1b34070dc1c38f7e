namespace Klaviyo;

/// <summary>Holds when a profile did metrics one after the other, and did not do others in between or after.</summary>
/// <remarks>
/// <para>Our addition, <c>sequence</c>. Each step that happened has an event of its own, later than that of the step before
/// it (by time, then arrival). The window is that of the first of them; the others may lie anywhere after it, up to T.</para>
/// <para>A step that did not happen looks between its neighbours: there is no such event after that of the step before it and
/// before that of the step after it, or, with <see cref="SequenceStep.Within"/>, up to that long after its anchor. At the
/// end of the sequence it holds with a time only when that time is over, and without one as long as there is no such event. At the
/// beginning it looks at the window, up to the first event.</para>
/// <para>With a key, the events of all steps have the same value of a property, e.g. <c>cart_id</c>; an event without it does
/// not count.</para>
/// </remarks>
public sealed record SequenceCondition : Condition
{
    private readonly ValueList<SequenceStep> _steps = [];

    /// <summary>Gets the steps, in order.</summary>
    /// <exception cref="ArgumentException">A step before the first that happened has a time: it has no event to count from.</exception>
    public required ValueList<SequenceStep> Steps
    {
        get => _steps;
        init
        {
            ArgumentNullException.ThrowIfNull(value);
            var first = value.AsSpan().FirstHappened();
            if (value.Take(first + 1).Any(s => s.Within is not null))
            {
                throw new ArgumentException("The first step, and those before it, have no event from which to count a time.", nameof(value));
            }

            _steps = value;
        }
    }

    /// <summary>Gets the window of the first event, relative to T.</summary>
    /// <value>The default is all time.</value>
    public DateFilter Window { get; init; } = new AlltimeDateFilter();

    /// <summary>Gets the property that has the same value in all steps.</summary>
    /// <value>Null for none.</value>
    public PropertyPath? Key { get; init; }

    /// <inheritdoc/>
    public override bool Holds(in EvaluationContext context) => new SequenceSearch(this, context).Find();

    /// <inheritdoc/>
    public override Instant? NextBoundary(in EvaluationContext context)
    {
        Instant? next = null;
        var first = Steps.AsSpan().FirstHappened();
        for (var i = 0; i < Steps.Count; i++)
        {
            // The window is that of the first event and of what may not be before it.
            next = Boundary.Earlier(next, EventBoundary.Next(Steps[i].Selection, i <= first ? Window : AnyTime, context));
        }

        return first < Steps.Count ? Boundary.Earlier(next, NextDeadline(first, context)) : next;
    }

    /// <inheritdoc/>
    public override Explanation Explain(in EvaluationContext context)
    {
        var search = new SequenceSearch(this, context);
        var holds = search.Find();
        var steps = Steps.Count == 0 ? "no steps" : string.Join(", then ", Steps);
        var words = $"{steps}{(Key is null ? "" : $", of the same {Key}")}, beginning {Window.Words}";
        return new Explanation(words, holds, search.Best.Length, search.Best, []);
    }

    /// <inheritdoc/>
    public override void AddDependencies(DependencySet dependencies)
    {
        foreach (var step in Steps)
        {
            dependencies.Metrics.Add(step.Metric);
        }
    }

    private static AlltimeDateFilter AnyTime { get; } = new();

    // What may not follow within a time is decided when the time is over: counted from any event that may be its anchor.
    private Instant? NextDeadline(int first, in EvaluationContext context)
    {
        Instant? next = null;
        for (var i = Steps.Count - 1; i > first && !Steps[i].Happened; i--)
        {
            if (Steps[i].Within is not { } within)
            {
                continue;
            }

            var anchor = Steps[i].Anchor == SequenceAnchor.First ? first : Steps.AsSpan()[..i].LastHappened();
            foreach (var row in Steps[anchor].Selection.Rows(context, TimeRange.All))
            {
                next = Boundary.Earlier(next, Boundary.After(context.At, within.From(row.Time, context.Zone)));
            }
        }

        return next;
    }
}
