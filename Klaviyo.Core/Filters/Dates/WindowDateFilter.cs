namespace Klaviyo;

/// <summary>A date filter whose matching instants are one range at every T.</summary>
public abstract record WindowDateFilter : DateFilter
{
    private protected static readonly TimeStep[] AtT = [default];

    private protected WindowDateFilter()
    {
    }

    // The distances from T at which the range begins or ends. A value's answer can only flip when one of them reaches it.
    internal virtual ReadOnlySpan<TimeStep> Edges => [];

    /// <summary>Gets the instants that match at T.</summary>
    /// <param name="context">T, the zone, the start of the flow.</param>
    /// <returns>A range that may be empty, and that may lie after T.</returns>
    public abstract TimeRange RangeAt(in EvaluationContext context);

    /// <inheritdoc/>
    public sealed override bool TryGetRange(in EvaluationContext context, out TimeRange range)
    {
        range = RangeAt(context);
        return true;
    }

    /// <inheritdoc/>
    public sealed override bool Matches(PropertyValue value, in EvaluationContext context) =>
        TryRead(value, out var instant) && RangeAt(context).Contains(instant);

    /// <inheritdoc/>
    public sealed override Instant? NextBoundary(PropertyValue value, in EvaluationContext context)
    {
        if (!TryRead(value, out var instant))
        {
            return null;
        }

        var next = NextTurn(instant, context);
        foreach (var edge in Edges)
        {
            next = Boundary.Earlier(next, edge.NextReach(instant, context.At, context.Zone));
        }

        return next;
    }

    internal sealed override Instant HorizonAt(in EvaluationContext context)
    {
        var range = RangeAt(context);
        var edge = range.First > Instant.MinValue ? range.First : range.Last < context.At ? range.Last : context.At;
        return range.IsEmpty ? Instant.MinValue : edge.PlusMs(-TimeStep.FallBackMaxMs);
    }

    // The next instant at which the range jumps, as calendar units do.
    internal virtual Instant? NextTurn(in EvaluationContext context) => null;

    // The next instant at which such a jump reaches a value, or leaves it behind.
    internal virtual Instant? NextTurn(Instant value, in EvaluationContext context) => null;
}
