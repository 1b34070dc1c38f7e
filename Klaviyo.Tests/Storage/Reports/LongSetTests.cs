using CsCheck;
using Klaviyo.Storage.Reports;

namespace Klaviyo.Tests.Storage.Reports;

public sealed class LongSetTests
{
    [Test]
    public void Numbers_AreThoseOfAHashSet_HoweverManyGoToRuns()
    {
        var number = Gen.OneOf(Gen.Long[0, 300], Gen.Long[0, long.MaxValue], Gen.Int[0, 40].Select(bits => 1L << bits));
        Gen.Select(number.Array[0, 3000], Gen.Int[1, 2000]).Sample(
            (numbers, tableMax) =>
            {
                var set = new LongSet(tableMax);
                foreach (var n in numbers)
                {
                    set.Add(n);
                }

                Assert.That(set.All().Order(), Is.EqualTo(numbers.Distinct().Order()));
            },
            iter: 300);
    }

    // More than a block holds, and every length that a number can have.
    [Test]
    public void Runs_OfManyBlocks_AreMerged()
    {
        var (one, other) = (new LongRun(), new LongRun());
        var all = Enumerable.Range(0, 100_000).Select(i => (long)i * i * 40_000).Append(long.MaxValue).ToList();
        foreach (var (i, n) in all.Index())
        {
            (i % 3 == 0 ? one : other).Append(n);
            if (i % 7 == 0 && i % 3 != 0)
            {
                one.Append(n);
            }
        }

        var merged = new List<long>();
        foreach (var n in LongRun.Merge(one, other))
        {
            merged.Add(n);
        }

        Assert.That(merged, Is.EqualTo(all));
    }
}
