namespace Klaviyo.Bench.Compare.Data;

/// <summary>Numbers that look random and are a function of the seed (SplitMix64, G. Steele and others, 2014).</summary>
internal struct Dice(long seed)
{
    private ulong _state = (ulong)seed * 0xD1342543DE82EF95UL;

    internal int Below(int bound) => (int)(((Next() >> 32) * (ulong)bound) >> 32);

    internal double Share() => (Next() >> 11) * (1.0 / (1UL << 53));

    private ulong Next()
    {
        var z = _state += 0x9E3779B97F4A7C15UL;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }
}
