namespace Klaviyo;

/// <summary>A metric over all profiles in one calendar unit.</summary>
/// <param name="Start">The first instant of the unit, in the account's zone.</param>
/// <param name="Count">How many events.</param>
/// <param name="Sum">The sum of their values.</param>
public sealed record MetricSeriesRow(Instant Start, long Count, double Sum);
