namespace Klaviyo;

/// <summary>How many members a segment had at the end of an hour or day.</summary>
/// <param name="From">The beginning of the hour or day.</param>
/// <param name="Members">The members at its end; of the last one, up to now.</param>
public readonly record struct SegmentCount(Instant From, long Members);
