using CsCheck;
using Klaviyo.Tests.Support;

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

    [TestCase(3, 1e308, 1e308, -1e308, -1e308, 3)]
    [TestCase(3, 1e308, -1e308, 1e308, -1e308, 3)]
    [TestCase(3, -1e308, -1e308, 3, 1e308, 1e308)]
    [TestCase(7, double.MaxValue, double.MaxValue, double.MaxValue, 7, double.MinValue, double.MinValue, double.MinValue)]
    [TestCase(1e308, 1e308, 1e308, 1e308, -1e308, -1e308)]
    [TestCase(double.MaxValue, double.MaxValue, 1e308, -1e308)]
    [TestCase(double.MaxValue, 1e308, 1e308, 1e308, -1e308)]
    [TestCase(double.MinValue, -1e308, -1e308, 5)]
    public void Value_BeyondADoubleOnTheWay_ComesBack(double expected, params double[] values)
    {
        Assert.That(Sum(values), Is.EqualTo(expected));
        Assert.That(SumOfTwo(values), Is.EqualTo(expected));
        Assert.That(SummaryOf(values).Sum, Is.EqualTo(expected));
        Assert.That(Measurement.OfValues(MeasureKind.Sum, Rows(values)).AsNumber(), Is.EqualTo(expected));
        Assert.That(Measurement.OfValues(MeasureKind.Average, Rows(values)).AsNumber(), Is.EqualTo(expected / values.Length));
    }

    // What is doubled precision is so of the numbers that were added, not of what is left of them.
    [Test]
    public void Value_HugeNumbersInAnyOrder_IsWhatIsExact()
    {
        Gen.Select(Gen.Int, Gen.Int[1, 200]).Sample((seed, count) =>
        {
            var random = new Random(seed);
            var values = Enumerable.Range(0, count).Select(_ => Huge(random)).ToList();
            values.AddRange(values.Where(_ => random.Next(4) > 0).Select(v => -v).ToArray());
            var shuffled = values.ToArray();
            random.Shuffle(shuffled);

            var exact = ExactSum.Of(shuffled);
            var expected = Math.Clamp(exact, double.MinValue, double.MaxValue);
            var error = (Math.Abs(expected) * 1e-12) + (shuffled.Length * shuffled.Sum(v => Math.Abs(v) * Math.ScaleB(1, -104)));
            Assert.That(Sum(shuffled), Is.EqualTo(expected).Within(error));
            Assert.That(SumOfTwo(shuffled), Is.EqualTo(expected).Within(error));
        });
    }

    // Numbers of which no sum is rounded but by what comes after the largest: the small ones must all be there.
    [Test]
    public void Value_HugeNumbersThatCancel_LeaveTheSmall_InAnyOrder()
    {
        Gen.Select(Gen.Int, Gen.Int[1, 50]).Sample((seed, count) =>
        {
            var random = new Random(seed);
            var huge = Enumerable.Range(0, count).Select(_ => Math.ScaleB(random.Next(1, 16), 1020)).ToArray();
            var small = Enumerable.Range(0, count).Select(_ => (double)random.Next(-1000, 1000)).ToArray();
            double[] values = [.. huge, .. huge.Select(v => -v), .. small];
            random.Shuffle(values);
            Assert.That(Sum(values), Is.EqualTo(small.Sum()));
            Assert.That(SumOfTwo(values), Is.EqualTo(small.Sum()));
        });
    }

    private static double Huge(Random random) => random.Next(4) switch
    {
        0 => random.Next(-1000, 1000) / 8.0,
        1 => double.MaxValue * (random.NextDouble() - 0.5) * 2,
        2 => random.Next(2) == 0 ? double.MaxValue : double.MinValue,
        _ => (random.Next(2) == 0 ? 1 : -1) * Math.ScaleB(1 + random.NextDouble(), random.Next(1000, 1023)),
    };

    private static EventRow[] Rows(double[] values) => [.. values.Select(v => new EventRow(default, v, default))];

    private static AggregateSummary SummaryOf(double[] values)
    {
        var summary = new RunningSummary();
        summary.Add(Rows(values));
        return summary.Summary;
    }

    private static double Sum(long[] cents) => Sum([.. cents.Select(c => c / 100.0)]);

    private static double Sum(double[] values) => SumOf(values).Value;

    // As two workers find it, each a part.
    private static double SumOfTwo(double[] values)
    {
        var sum = SumOf(values.AsSpan(0, values.Length / 2));
        sum.Add(SumOf(values.AsSpan(values.Length / 2)));
        return sum.Value;
    }

    private static CompensatedSum SumOf(ReadOnlySpan<double> values)
    {
        var sum = default(CompensatedSum);
        foreach (var value in values)
        {
            sum.Add(value);
        }

        return sum;
    }
}
