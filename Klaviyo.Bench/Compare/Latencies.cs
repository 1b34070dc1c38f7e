using System.Diagnostics;

namespace Klaviyo.Bench.Compare;

/// <summary>How long single calls took, in rounds; the noise of one round does not reach the median of all.</summary>
internal sealed class Latencies
{
    private readonly List<double> _p50Us = [];
    private readonly List<double> _p99Us = [];

    internal double P50Us => Median(_p50Us);

    internal double P99Us => Median(_p99Us);

    internal static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? double.NaN : sorted[sorted.Length / 2];
    }

    internal void AddRound(long[] ticks)
    {
        Array.Sort(ticks);
        _p50Us.Add(Us(ticks[ticks.Length / 2]));
        _p99Us.Add(Us(ticks[ticks.Length * 99 / 100]));
    }

    private static double Us(long ticks) => ticks * 1e6 / Stopwatch.Frequency;
}
