namespace Klaviyo.Tests.Support;

public sealed class ExactSumTests
{
    [Test]
    public void Of_ValuesThatRoundingWouldLose_IsExact()
    {
        Assert.That(ExactSum.Of([]), Is.Zero);
        Assert.That(ExactSum.Of([1e300, 1, -1e300]), Is.EqualTo(1));
        Assert.That(ExactSum.Of([0.1, -0.1, double.Epsilon]), Is.EqualTo(double.Epsilon));
        Assert.That(ExactSum.Of([-731673393.9174268]), Is.EqualTo(-731673393.9174268));
        Assert.That(ExactSum.Of(Enumerable.Repeat(0.5, 7)), Is.EqualTo(3.5));
    }
}
