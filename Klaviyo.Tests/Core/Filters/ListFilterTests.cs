using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Filters;

public sealed class ListFilterTests
{
    private static readonly PropertyValue Colours = FilterTesting.List("red", "dark blue", 3, true, PropertyValue.Null);

    private static readonly TestCaseData[] Cases =
    [
        new(new ListFilter(ListOperator.Contains, "red"), true),
        new(new ListFilter(ListOperator.Contains, "Red"), false),
        new(new ListFilter(ListOperator.Contains, "blue"), false),
        new(new ListFilter(ListOperator.Contains, 3), true),
        new(new ListFilter(ListOperator.Contains, "3"), false),
        new(new ListFilter(ListOperator.Contains, PropertyValue.Null), true),
        new(new ListFilter(ListOperator.ContainsAll, "red", 3), true),
        new(new ListFilter(ListOperator.ContainsAll, "red", "green"), false),
        new(new ListFilter(ListOperator.ContainsAll), true),
        new(new ListFilter(ListOperator.ContainsAny, "green", "red"), true),
        new(new ListFilter(ListOperator.ContainsAny, "green"), false),
        new(new ListFilter(ListOperator.ContainsAny), false),
        new(new ListFilter(ListOperator.ContainsSubstring, "blue"), true),
        new(new ListFilter(ListOperator.ContainsSubstring, "Blue"), false),
        new(new ListFilter(ListOperator.LengthEqualTo, 5), true),
        new(new ListFilter(ListOperator.LengthEqualTo, 4), false),
        new(new ListFilter(ListOperator.LengthGreaterThan, 4), true),
        new(new ListFilter(ListOperator.LengthGreaterThan, 5), false),
        new(new ListFilter(ListOperator.LengthGreaterThanOrEqualTo, 5), true),
        new(new ListFilter(ListOperator.LengthGreaterThanOrEqualTo, 6), false),
        new(new ListFilter(ListOperator.LengthLessThan, 6), true),
        new(new ListFilter(ListOperator.LengthLessThan, 5), false),
        new(new ListFilter(ListOperator.LengthLessThanOrEqualTo, 5), true),
        new(new ListFilter(ListOperator.LengthLessThanOrEqualTo, 4), false),
    ];

    [TestCaseSource(nameof(Cases))]
    public void Matches_PositiveOperator_AsInTheTable(ListFilter filter, bool expected) =>
        Assert.That(filter.Matches(Colours), Is.EqualTo(expected));

    [Test]
    public void Matches_NoList_OnlyNegativeOperators()
    {
        Assert.That(new ListFilter(ListOperator.Contains, "red").Matches("red"), Is.False);
        Assert.That(new ListFilter(ListOperator.NotContains, "red").Matches("red"));
        Assert.That(new ListFilter(ListOperator.LengthLessThan, 5).Matches(PropertyValue.Null), Is.False);
    }

    [Test]
    public void Create_ValueOfTheWrongKind_Throws()
    {
        Assert.That(() => new ListFilter(ListOperator.LengthEqualTo, "5"), Throws.ArgumentException);
        Assert.That(() => new ListFilter(ListOperator.ContainsSubstring, 5), Throws.ArgumentException);
        Assert.That(() => new ListFilter(ListOperator.Contains), Throws.ArgumentException);
    }
}
