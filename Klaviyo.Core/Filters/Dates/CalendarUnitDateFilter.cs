namespace Klaviyo;

/// <summary>Matches dates in the calendar unit of the account's zone that contains T, or in the one before.</summary>
/// <remarks>Our addition: <c>this-calendar</c> and <c>last-calendar</c> with <c>day</c>, <c>week</c> (ISO), <c>month</c> or <c>year</c>.</remarks>
public sealed record CalendarUnitDateFilter : WindowDateFilter
{
    /// <summary>Creates a filter.</summary>
    /// <param name="isLast">True for the unit before the one that contains T.</param>
    /// <param name="unit">Day, week, month or year.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="unit"/> is shorter than a day.</exception>
    public CalendarUnitDateFilter(bool isLast, TimeUnit unit)
    {
        if (unit < TimeUnit.Day)
        {
            throw new ArgumentOutOfRangeException(nameof(unit), unit, "A calendar unit is a day, week, month or year.");
        }

        IsLast = isLast;
        Unit = unit;
    }

    /// <summary>Gets whether the unit before the one that contains T is meant.</summary>
    public bool IsLast { get; }

    /// <summary>Gets the unit.</summary>
    public TimeUnit Unit { get; }

    /// <inheritdoc/>
    public override string Words => $"{(IsLast ? "last" : "this")} calendar {UnitWords.Names.NameOf(Unit)}";

    /// <inheritdoc/>
    public override TimeRange RangeAt(in EvaluationContext context) =>
        context.Zone.UnitOf(Unit, context.At, IsLast ? -1 : 0);

    internal override Instant? NextTurn(in EvaluationContext context) =>
        Boundary.After(context.At, context.Zone.UnitOf(Unit, context.At, 1).First);

    // Of a value only one unit decides: its own, or for the last one the unit after it.
    internal override Instant? NextTurn(Instant value, in EvaluationContext context)
    {
        var unit = context.Zone.UnitOf(Unit, value, IsLast ? 1 : 0);
        var left = context.Zone.UnitOf(Unit, value, IsLast ? 2 : 1).First;
        return Boundary.Earlier(Boundary.After(context.At, unit.First), Boundary.After(context.At, left));
    }
}
