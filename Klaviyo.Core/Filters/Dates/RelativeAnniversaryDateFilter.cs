namespace Klaviyo;

/// <summary>Matches dates that have an anniversary in (T − n units, T], or in (T, T + n units].</summary>
/// <remarks>
/// An anniversary is the same wall time in the account's zone in any year, the date's own included; 29 Feb counts as
/// 28 Feb in common years.
/// </remarks>
public sealed record RelativeAnniversaryDateFilter : DateFilter
{
    private readonly TimeStep _step;

    /// <summary>Creates a filter.</summary>
    /// <param name="isNext">True for <c>anniversary-next</c>, false for <c>anniversary-last</c>.</param>
    /// <param name="quantity">How many units.</param>
    /// <param name="unit">The unit.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="quantity"/> is negative.</exception>
    public RelativeAnniversaryDateFilter(bool isNext, int quantity, TimeUnit unit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(quantity);
        IsNext = isNext;
        Quantity = quantity;
        Unit = unit;
        _step = new TimeStep(isNext ? quantity : -quantity, unit);
    }

    /// <summary>Gets whether the units lie after T.</summary>
    public bool IsNext { get; }

    /// <summary>Gets how many units.</summary>
    public int Quantity { get; }

    /// <summary>Gets the unit.</summary>
    public TimeUnit Unit { get; }

    /// <inheritdoc/>
    public override string Words => $"has its anniversary in the {(IsNext ? "next" : "last")} {UnitWords.Of(Quantity, Unit)}";

    /// <inheritdoc/>
    public override bool Matches(PropertyValue value, in EvaluationContext context)
    {
        if (!TryReadLocal(value, context.Zone, out var local))
        {
            return false;
        }

        var edge = _step.From(context.At, context.Zone);
        var (earlier, later) = IsNext ? (context.At, edge) : (edge, context.At);
        var year = context.Zone.ToLocal(earlier).Year;

        // Every full year has an anniversary, so the first years decide.
        for (var i = -1; i <= 2; i++)
        {
            var anniversary = context.Zone.FirstInstantOf(Anniversary.InYear(local, year + i));
            if (anniversary > earlier && anniversary <= later)
            {
                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public override Instant? NextBoundary(PropertyValue value, in EvaluationContext context)
    {
        if (context.WithoutAnniversaries || !TryReadLocal(value, context.Zone, out var local))
        {
            return null;
        }

        var edge = _step.From(context.At, context.Zone);
        return Boundary.Earlier(NextReach(local, context.At, default, context), NextReach(local, edge, _step, context));
    }

    private static Instant? NextReach(DateTime local, Instant around, TimeStep step, in EvaluationContext context)
    {
        var year = context.Zone.ToLocal(around).Year;
        Instant? next = null;
        for (var i = -1; i <= 2; i++)
        {
            var anniversary = context.Zone.FirstInstantOf(Anniversary.InYear(local, year + i));
            next = Boundary.Earlier(next, step.NextReach(anniversary, context.At, context.Zone));
        }

        return next;
    }
}
