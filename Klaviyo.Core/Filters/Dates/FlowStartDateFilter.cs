namespace Klaviyo;

/// <summary>Matches dates from the instant at which the run entered its flow, up to T.</summary>
/// <remarks>Outside of a flow nothing matches; a segment with it is refused.</remarks>
public sealed record FlowStartDateFilter : WindowDateFilter
{
    /// <inheritdoc/>
    public override string Words => "since starting this flow";

    internal override ReadOnlySpan<TimeStep> Edges => AtT;

    /// <inheritdoc/>
    public override TimeRange RangeAt(in EvaluationContext context) =>
        context.FlowStart is { } start ? new TimeRange(start, context.At) : TimeRange.Empty;
}
