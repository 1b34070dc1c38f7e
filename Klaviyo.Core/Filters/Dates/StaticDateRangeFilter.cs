namespace Klaviyo;

/// <summary>Matches dates in [start, end).</summary>
/// <param name="Start">The first date that matches.</param>
/// <param name="End">The first date that no longer matches; nothing matches unless it is after the start.</param>
public sealed record StaticDateRangeFilter(Instant Start, Instant End) : WindowDateFilter
{
    /// <inheritdoc/>
    public override bool DependsOnTime => false;

    // The dates as they were spelled.
    internal Unseen<string> SpelledStart { get; init; }

    internal Unseen<string> SpelledEnd { get; init; }

    /// <inheritdoc/>
    public override string Words => $"from {Start} to before {End}";

    /// <inheritdoc/>
    public override TimeRange RangeAt(in EvaluationContext context) =>
        Start < End ? new TimeRange(Start, End.PlusMs(-1)) : TimeRange.Empty;
}
