namespace Klaviyo.Storage.Cold;

/// <summary>A block of a Bloom filter, as long as a cache line: six bits a key, so a look at one line tells.</summary>
internal static class FilterBlock
{
    internal const int Words = 8;

    /// <summary>How many keys a block has room for: one in a hundred that were not added is then taken for one that was.</summary>
    internal const int Keys = 42;

    private const int BitsAKey = 6;

    internal static void Add(Span<ulong> block, ulong key)
    {
        for (var i = 0; i < BitsAKey; i++)
        {
            var bit = BitOf(key, i);
            block[bit >> 6] |= 1UL << (bit & 63);
        }
    }

    /// <summary>Whether a key may be among those that were added.</summary>
    internal static bool MayHold(ReadOnlySpan<ulong> block, ulong key)
    {
        var held = 1UL;
        for (var i = 0; i < BitsAKey; i++)
        {
            var bit = BitOf(key, i);
            held &= block[bit >> 6] >> (bit & 63);
        }

        return held != 0;
    }

    private static int BitOf(ulong key, int i) => (int)((unchecked(key * 0x9E3779B97F4A7C15UL) >> (10 + (i * 9))) & 511);
}
