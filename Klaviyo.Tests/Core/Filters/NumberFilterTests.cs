using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Filters;

public sealed class NumberFilterTests
{
    [TestCase(NumberOperator.EqualTo, 9.99, false)]
    [TestCase(NumberOperator.EqualTo, 10, true)]
    [TestCase(NumberOperator.NotEqualTo, 10, false)]
    [TestCase(NumberOperator.NotEqualTo, 11, true)]
    [TestCase(NumberOperator.GreaterThan, 10, false)]
    [TestCase(NumberOperator.GreaterThan, 10.01, true)]
    [TestCase(NumberOperator.GreaterThanOrEqualTo, 9.99, false)]
    [TestCase(NumberOperator.GreaterThanOrEqualTo, 10, true)]
    [TestCase(NumberOperator.LessThan, 10, false)]
    [TestCase(NumberOperator.LessThan, 9.99, true)]
    [TestCase(NumberOperator.LessThanOrEqualTo, 10, true)]
    [TestCase(NumberOperator.LessThanOrEqualTo, 10.01, false)]
    public void Matches_EveryOperatorAgainstTen_AsInTheTable(NumberOperator op, double value, bool expected) =>
        Assert.That(new NumberFilter(op, 10).Matches(value), Is.EqualTo(expected));

    [TestCase(1.99, false)]
    [TestCase(2, true)]
    [TestCase(3, true)]
    [TestCase(3.01, false)]
    public void Between_BothEndsAreInside(double value, bool expected) =>
        Assert.That(NumberFilter.Between(2, 3).Matches((PropertyValue)value), Is.EqualTo(expected));

    // "a numeric filter on a string is false (its complement true)"
    [Test]
    public void Matches_StringThatLooksLikeTheNumber_IsNotTheNumber()
    {
        Assert.That(new NumberFilter(NumberOperator.EqualTo, 10).Matches("10"), Is.False);
        Assert.That(new NumberFilter(NumberOperator.NotEqualTo, 10).Matches("10"));
        Assert.That(new NumberFilter(NumberOperator.LessThan, 10).Matches(PropertyValue.Null), Is.False);
        Assert.That(new NumberFilter(NumberOperator.NotEqualTo, 10).Matches(PropertyValue.Null));
    }

    [Test]
    public void Create_NotFinite_Throws()
    {
        Assert.That(() => new NumberFilter(NumberOperator.EqualTo, double.NaN), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => NumberFilter.Between(0, double.PositiveInfinity), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => new NumberFilter(NumberOperator.Between, 1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
