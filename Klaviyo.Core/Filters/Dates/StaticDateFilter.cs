namespace Klaviyo;

/// <summary>Matches dates before or after a fixed one, which itself does not match.</summary>
/// <param name="IsAfter">True for <c>after</c>, false for <c>before</c>.</param>
/// <param name="Date">The fixed date.</param>
public sealed record StaticDateFilter(bool IsAfter, Instant Date) : WindowDateFilter
{
    /// <inheritdoc/>
    public override bool DependsOnTime => false;

    // The date as it was spelled.
    internal Unseen<string> Spelled { get; init; }

    /// <inheritdoc/>
    public override string Words => $"{(IsAfter ? "after" : "before")} {Date}";

    /// <inheritdoc/>
    public override TimeRange RangeAt(in EvaluationContext context)
    {
        return IsAfter
            ? Date == Instant.MaxValue ? TimeRange.Empty : new TimeRange(Date.PlusMs(1), Instant.MaxValue)
            : Date == Instant.MinValue ? TimeRange.Empty : new TimeRange(Instant.MinValue, Date.PlusMs(-1));
    }
}
