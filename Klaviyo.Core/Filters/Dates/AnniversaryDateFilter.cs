namespace Klaviyo;

/// <summary>Matches dates whose month and day, or only whose month, are those of T, in the account's zone.</summary>
/// <remarks>29 Feb counts on 28 Feb in common years. The year does not matter, so the date itself counts too.</remarks>
/// <param name="WholeMonth">True for <c>anniversary-month</c>, false for <c>anniversary</c>.</param>
public sealed record AnniversaryDateFilter(bool WholeMonth) : DateFilter
{
    /// <inheritdoc/>
    public override string Words => WholeMonth ? "has its anniversary this month" : "has its anniversary today";

    /// <inheritdoc/>
    public override bool Matches(PropertyValue value, in EvaluationContext context)
    {
        if (!TryReadLocal(value, context.Zone, out var local))
        {
            return false;
        }

        var today = context.Zone.DayOf(context.At);
        return today.Month == local.Month && (WholeMonth || Anniversary.InYear(local, today.Year).Date == today);
    }

    /// <inheritdoc/>
    public override Instant? NextBoundary(PropertyValue value, in EvaluationContext context)
    {
        if (context.WithoutAnniversaries || !TryReadLocal(value, context.Zone, out var local))
        {
            return null;
        }

        var today = context.Zone.DayOf(context.At);
        Instant? next = null;
        for (var year = today.Year - 1; year <= today.Year + 1; year++)
        {
            var day = Anniversary.InYear(local, year).Date;
            var first = WholeMonth ? new DateTime(day.Year, day.Month, 1) : day;
            var end = WholeMonth ? AccountZone.PlusMonths(first, 1) : AccountZone.PlusDays(first, 1);
            next = Boundary.Earlier(next, Boundary.After(context.At, context.Zone.FirstInstantOf(first)));
            next = Boundary.Earlier(next, Boundary.After(context.At, context.Zone.FirstInstantOf(end)));
        }

        return next;
    }
}
