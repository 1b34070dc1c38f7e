namespace Klaviyo.Bench.Compare.Data;

/// <summary>How many, and how much.</summary>
internal readonly record struct Totals(long Count, double Sum)
{
    internal Totals Plus(double value) => new(Count + 1, Sum + value);

    internal Totals Plus(Totals other) => new(Count + other.Count, Sum + other.Sum);

    /// <summary>Tells whether two answers agree; sums of cents may differ in the last digits by the order of adding.</summary>
    internal bool Agrees(Totals other) =>
        Count == other.Count && Math.Abs(Sum - other.Sum) <= 1e-9 * Math.Max(1, Math.Abs(Sum));
}
