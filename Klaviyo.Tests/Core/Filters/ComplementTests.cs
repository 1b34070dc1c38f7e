using CsCheck;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Filters;

// "Every negative operator (not-…, nregex, not-set) is exactly the complement of its positive twin, so it is true where
// the property is missing."
public sealed class ComplementTests
{
    private static readonly Gen<string> Texts = Gen.String[Gen.Char["abAB1é"], 0, 4];

    private static readonly Gen<PropertyValue> Scalars = Gen.OneOf(
        Gen.Const(PropertyValue.Null),
        Gen.Bool.Select(b => (PropertyValue)b),
        Gen.Int[-2, 2].Select(n => (PropertyValue)n),
        Texts.Select(t => (PropertyValue)t),
        Gen.OneOf("2026-11-23", "2026-11-23T12:00:00Z", "1", "true").Select(t => (PropertyValue)t),
        Gen.Long[0, 2_000_000_000_000].Select(ms => (PropertyValue)Instant.FromUnixMs(ms)));

    private static readonly Gen<PropertyValue> Values = Gen.OneOf(
        Scalars,
        Scalars.Array[0, 4].Select(items => (PropertyValue)items),
        Gen.Select(Texts, Scalars).Select((name, value) => (PropertyValue)new PropertyMap { [name + "_"] = value }));

    private static readonly (StringOperator Positive, StringOperator Negative)[] Strings =
    [
        (StringOperator.EqualTo, StringOperator.NotEqualTo),
        (StringOperator.Contains, StringOperator.NotContains),
        (StringOperator.StartsWith, StringOperator.NotStartsWith),
        (StringOperator.EndsWith, StringOperator.NotEndsWith),
        (StringOperator.Matches, StringOperator.NotMatches),
        (StringOperator.In, StringOperator.NotIn),
    ];

    private static readonly (ListOperator Positive, ListOperator Negative)[] Lists =
    [
        (ListOperator.Contains, ListOperator.NotContains),
        (ListOperator.ContainsAll, ListOperator.NotContainsAll),
        (ListOperator.ContainsAny, ListOperator.NotContainsAny),
    ];

    [Test]
    public void StringFilter_NegativeOperator_IsTheComplement()
    {
        Gen.Select(Gen.OneOf(Strings), Texts, Values).Sample((twins, text, value) =>
            AreComplements(new StringFilter(twins.Positive, text), new StringFilter(twins.Negative, text), value));
    }

    [Test]
    public void ListFilter_NegativeOperator_IsTheComplement()
    {
        Gen.Select(Gen.OneOf(Lists), Scalars, Values).Sample((twins, item, value) =>
            AreComplements(new ListFilter(twins.Positive, item), new ListFilter(twins.Negative, item), value));
        Gen.Select(Texts, Values).Sample((text, value) => AreComplements(
            new ListFilter(ListOperator.ContainsSubstring, text), new ListFilter(ListOperator.NotContainsSubstring, text), value));
    }

    [Test]
    public void NumberFilter_NotEquals_IsTheComplement()
    {
        Gen.Select(Gen.Int[-2, 2], Values).Sample((number, value) => AreComplements(
            new NumberFilter(NumberOperator.EqualTo, number), new NumberFilter(NumberOperator.NotEqualTo, number), value));
    }

    [Test]
    public void BooleanFilter_Negated_IsTheComplement()
    {
        Gen.Select(Gen.Bool, Values).Sample((boolean, value) =>
            AreComplements(new BooleanFilter(boolean), new BooleanFilter(boolean, Negated: true), value));
    }

    [Test]
    public void ExistenceFilter_NotSet_IsTheComplement() =>
        Values.Sample(value => AreComplements(new ExistenceFilter(true), new ExistenceFilter(false), value));

    [Test]
    public void ExistenceFilter_EmptyStringAndEmptyList_AreSet()
    {
        Assert.That(new ExistenceFilter(true).Matches(""));
        Assert.That(new ExistenceFilter(true).Matches(FilterTesting.List()));
        Assert.That(new ExistenceFilter(true).Matches(PropertyValue.Null), Is.False);
    }

    private static void AreComplements(ValueFilter positive, ValueFilter negative, PropertyValue value)
    {
        Assert.That(negative.Matches(value), Is.EqualTo(!positive.Matches(value)), $"{positive} on {value}");
        Assert.That(positive.Matches(PropertyValue.Null), Is.False, $"{positive} where the property is missing");
    }
}
