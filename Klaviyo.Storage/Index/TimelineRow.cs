namespace Klaviyo.Storage.Index;

/// <summary>One event as a row of a timeline.</summary>
/// <param name="TimeMs">When it happened.</param>
/// <param name="Value">How much; NaN where nothing was given.</param>
/// <param name="Address">Where its record stands in the lane's log.</param>
/// <param name="Metric">The code of its metric.</param>
/// <param name="UniqueId">The hash of its unique id; 0 where it has none.</param>
internal readonly record struct TimelineRow(long TimeMs, double Value, long Address, int Metric, uint UniqueId);
