namespace QuickStart.Shop;

/// <summary>Random numbers that are the same on every machine and in every version of .NET (SplitMix64).</summary>
internal sealed class Dice(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A number from 0 up to, not including, 1.</summary>
    internal double Next() => (Bits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A whole number from 0 up to, not including, <paramref name="count"/>.</summary>
    internal int Below(int count) => (int)(((Bits() >> 32) * (ulong)count) >> 32);

    /// <summary>True so often out of one: <c>Chance(0.25)</c> is true every fourth time.</summary>
    internal bool Chance(double probability) => Next() < probability;

    internal T OneOf<T>(T[] items) => items[Below(items.Length)];

    /// <summary>How long one waits for something that happens every <paramref name="mean"/> on average.</summary>
    internal double Exponential(double mean) => -mean * Math.Log(1 - Next());

    /// <summary>Many small numbers and a few large ones: at least 1, the larger the rarer.</summary>
    internal double Pareto(double exponent, double max) => Math.Min(max, Math.Pow(1 - Next(), -1 / exponent));

    private ulong Bits()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
