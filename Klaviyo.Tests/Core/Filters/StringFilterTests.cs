using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Filters;

public sealed class StringFilterTests
{
    [TestCase(StringOperator.EqualTo, "France", "France", true)]
    [TestCase(StringOperator.EqualTo, "France", "france", false)]
    [TestCase(StringOperator.EqualTo, "", "", true)]
    [TestCase(StringOperator.Contains, "ran", "France", true)]
    [TestCase(StringOperator.Contains, "Ran", "France", false)]
    [TestCase(StringOperator.Contains, "", "France", true)]
    [TestCase(StringOperator.StartsWith, "Fra", "France", true)]
    [TestCase(StringOperator.StartsWith, "fra", "France", false)]
    [TestCase(StringOperator.EndsWith, "nce", "France", true)]
    [TestCase(StringOperator.EndsWith, "NCE", "France", false)]
    [TestCase(StringOperator.Matches, "^F.*e$", "France", true)]
    [TestCase(StringOperator.Matches, "an", "France", true)]
    [TestCase(StringOperator.Matches, "^an", "France", false)]
    [TestCase(StringOperator.Matches, "(?i)^fRANCE$", "France", true)]
    [TestCase(StringOperator.In, "France", "France", true)]
    [TestCase(StringOperator.In, "France", "Spain", false)]
    [TestCase(StringOperator.EqualToIgnoringCase, "FRANCE", "France", true)]
    [TestCase(StringOperator.EqualToIgnoringCase, "FRANC", "France", false)]
    [TestCase(StringOperator.ContainsIgnoringCase, "RAN", "France", true)]
    [TestCase(StringOperator.StartsWithIgnoringCase, "fra", "France", true)]
    [TestCase(StringOperator.EndsWithIgnoringCase, "NCE", "France", true)]
    public void Matches_PositiveOperator_AsInTheTable(StringOperator op, string filter, string value, bool expected) =>
        Assert.That(new StringFilter(op, filter).Matches(value), Is.EqualTo(expected));

    // "String comparison is ordinal": no culture makes these equal.
    [TestCase("straße", "strasse")]
    [TestCase("é", "e\u0301")]
    [TestCase("I", "ı")]
    public void EqualTo_StringsThatSomeCultureTakesForEqual_AreNot(string left, string right)
    {
        Assert.That(new StringFilter(StringOperator.EqualTo, left).Matches(right), Is.False);
        Assert.That(new StringFilter(StringOperator.EqualToIgnoringCase, left).Matches(right), Is.False);
    }

    [Test]
    public void In_AnyOfTheStrings_Matches()
    {
        var filter = new StringFilter(StringOperator.In, "a", "b");
        Assert.That(filter.Matches("b"));
        Assert.That(filter.Matches("c"), Is.False);
        Assert.That(new StringFilter(StringOperator.In).Matches("a"), Is.False);
        Assert.That(new StringFilter(StringOperator.NotIn).Matches("a"));
    }

    // "one that it refuses is rejected when the definition is created"
    [TestCase("(")]
    [TestCase(@"(a)\1")]
    [TestCase("(?=a)b")]
    [TestCase("(?<!a)b")]
    public void Create_ExpressionThatTheEngineRefuses_Throws(string pattern)
    {
        Assert.That(() => new StringFilter(StringOperator.Matches, pattern),
            Throws.TypeOf<DefinitionException>().With.Message.Contains(pattern));
    }

    // Catastrophic for a backtracking engine: 2^40 ways to fail.
    [Test]
    public void Matches_ExpressionThatExplodesElsewhere_IsLinear() =>
        Assert.That(new StringFilter(StringOperator.Matches, "^(a+)+$").Matches(new string('a', 40) + "b"), Is.False);

    [Test]
    public void Create_TwoStringsForAnOperatorOfOne_Throws() =>
        Assert.That(() => new StringFilter(StringOperator.EqualTo, "a", "b"), Throws.ArgumentException);

    [TestCase(StringOperator.Matches, new[] { "a" }, StringOperator.Matches, new[] { "a" }, true)]
    [TestCase(StringOperator.In, new[] { "a", "b" }, StringOperator.In, new[] { "a", "b" }, true)]
    [TestCase(StringOperator.In, new[] { "a", "b" }, StringOperator.In, new[] { "b", "a" }, false)]
    [TestCase(StringOperator.In, new[] { "a" }, StringOperator.NotIn, new[] { "a" }, false)]
    public void Equals_ComparesTheContent(StringOperator left, string[] lefts, StringOperator right, string[] rights, bool expected) =>
        Assert.That(new StringFilter(left, lefts).Equals(new StringFilter(right, rights)), Is.EqualTo(expected));
}
