namespace Klaviyo.Storage.Live;

/// <summary>Sets of small numbers as words of bits. A mask may be shorter than another: what it lacks is not in it.</summary>
internal static class Mask
{
    internal const int Bits = BitColumns.SegmentsInWord;

    internal static int WordsFor(int count) => (count + Bits - 1) / Bits;

    internal static void Set(Span<ulong> mask, int number) => mask[number / Bits] |= 1UL << (number % Bits);

    internal static bool Has(ReadOnlySpan<ulong> mask, int number) => (mask[number / Bits] >> (number % Bits) & 1) != 0;

    internal static IEnumerable<int> Numbers(ulong[] mask) => Enumerable.Range(0, mask.Length * Bits).Where(number => Has(mask, number));

    internal static void Add(Span<ulong> to, ReadOnlySpan<ulong> mask)
    {
        for (var word = 0; word < mask.Length; word++)
        {
            to[word] |= mask[word];
        }
    }

    internal static void Remove(Span<ulong> from, ReadOnlySpan<ulong> mask)
    {
        for (var word = 0; word < mask.Length; word++)
        {
            from[word] &= ~mask[word];
        }
    }

    internal static bool Meet(ReadOnlySpan<ulong> one, ReadOnlySpan<ulong> other)
    {
        for (var word = 0; word < Math.Min(one.Length, other.Length); word++)
        {
            if ((one[word] & other[word]) != 0)
            {
                return true;
            }
        }

        return false;
    }
}
