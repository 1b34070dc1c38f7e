using System.Diagnostics;

namespace Klaviyo.Bench.Compare;

/// <summary>How long single calls took.</summary>
internal sealed class Latencies
{
    private readonly List<long[]> _rounds = [];

    /// <summary>Gets the median over the rounds, so that the noise of one round does not reach it.</summary>
    internal double P50OfRoundsUs => Us(Median(_rounds.Select(r => (double)At(r, 50))));

    internal double P99OfRoundsUs => Us(Median(_rounds.Select(r => (double)At(r, 99))));

    /// <summary>Gets the percentile over all calls: for rounds that are too short to have one of their own.</summary>
    internal double P50Us => Us(At([.. _rounds.SelectMany(r => r).Order()], 50));

    internal double MaxUs => Us(At([.. _rounds.SelectMany(r => r).Order()], 100));

    internal double P99Us => Us(At([.. _rounds.SelectMany(r => r).Order()], 99));

    internal TimeSpan Total => Stopwatch.GetElapsedTime(0, _rounds.Sum(r => r.Sum()));

    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[sorted.Length / 2];
    }

    internal void AddRound(long[] ticks)
    {
        Array.Sort(ticks);
        _rounds.Add(ticks);
    }

    private static long At(long[] sorted, int percent) => sorted[Math.Min(sorted.Length * percent / 100, sorted.Length - 1)];

    private static double Us(double ticks) => ticks * 1e6 / Stopwatch.Frequency;
}
