using CsCheck;

namespace Klaviyo.Tests.Core.Queries;

// "Sums are doubles, correct to a relative 1e-12 whatever the order of arrival".
public sealed class CompensatedSumTests
{
    [Test]
    public void Value_AnyOrder_IsCorrectTo1E12()
    {
        Gen.Select(Gen.Int, Gen.Int[1, 3000]).Sample((seed, count) =>
        {
            var random = new Random(seed);
            var cents = Enumerable.Range(0, count)
                .Select(_ => random.Next(3) == 0 ? random.NextInt64(-1_000_000_000_000, 1_000_000_000_000) : random.Next(-10_000, 10_000))
                .ToArray();
            var exact = (double)(cents.Sum(c => (decimal)c) / 100);
            Assert.That(Sum(cents), Is.EqualTo(exact).Within(Math.Abs(exact) * 1e-12));
            random.Shuffle(cents);
            Assert.That(Sum(cents), Is.EqualTo(exact).Within(Math.Abs(exact) * 1e-12));
        });
    }

    [Test]
    public void Value_GreatNumbersThatCancel_KeepsTheSmall()
    {
        var sum = default(CompensatedSum);
        foreach (var value in (double[])[1, 1e100, 1, -1e100])
        {
            sum.Add(value);
        }

        Assert.That(sum.Value, Is.EqualTo(2));
    }

    [Test]
    public void Value_BeyondADouble_StaysAtItsEnd()
    {
        var sum = default(CompensatedSum);
        sum.Add(double.MinValue);
        sum.Add(double.MinValue);
        Assert.That(sum.Value, Is.EqualTo(double.MinValue));
    }

    private static double Sum(long[] cents)
    {
        var sum = default(CompensatedSum);
        foreach (var value in cents)
        {
            sum.Add(value / 100.0);
        }

        return sum.Value;
    }
}
