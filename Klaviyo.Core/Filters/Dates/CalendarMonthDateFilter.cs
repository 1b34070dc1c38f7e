using System.Globalization;

namespace Klaviyo;

/// <summary>Matches dates in one month of any year, in the account's zone.</summary>
public sealed record CalendarMonthDateFilter : DateFilter
{
    /// <summary>Creates a filter.</summary>
    /// <param name="month">1 to 12.</param>
    /// <exception cref="ArgumentOutOfRangeException">Not a month.</exception>
    public CalendarMonthDateFilter(int month)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(month, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(month, 12);
        Month = month;
    }

    /// <summary>Gets the month, 1 to 12.</summary>
    public int Month { get; }

    /// <inheritdoc/>
    public override bool DependsOnTime => false;

    /// <inheritdoc/>
    public override string Words => $"in {CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName(Month)}";

    /// <inheritdoc/>
    public override bool Matches(PropertyValue value, in EvaluationContext context) =>
        TryReadLocal(value, context.Zone, out var local) && local.Month == Month;
}
