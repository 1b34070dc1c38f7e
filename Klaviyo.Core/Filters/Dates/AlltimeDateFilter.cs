namespace Klaviyo;

/// <summary>Matches every date up to T.</summary>
public sealed record AlltimeDateFilter : WindowDateFilter
{
    /// <inheritdoc/>
    public override string Words => "over all time";

    internal override ReadOnlySpan<TimeStep> Edges => AtT;

    /// <inheritdoc/>
    public override TimeRange RangeAt(in EvaluationContext context) => new(Instant.MinValue, context.At);
}
