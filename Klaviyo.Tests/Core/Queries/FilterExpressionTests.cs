namespace Klaviyo.Tests.Core.Queries;

public sealed class FilterExpressionTests
{
    private static readonly PropertyMap Row = new()
    {
        ["metric"] = "Placed Order",
        ["value"] = 120,
        ["datetime"] = Instant.Parse("2026-11-23T08:30:00Z"),
        ["properties.Country"] = "France",
        ["properties['Favorite, really']"] = "dark blue",
        ["properties.born"] = "1990-05-17",
        ["properties.tags"] = new PropertyValue[] { "vip", "dark blue" },
        ["properties.gift"] = true,
        ["properties.note"] = "say \"hi\"",
    };

    [TestCase("equals(metric,\"Placed Order\")", true)]
    [TestCase("equals(metric,\"placed order\")", false)]
    [TestCase("equals(value,120)", true)]
    [TestCase("equals(value,\"120\")", false)]
    [TestCase("equals(properties.gift,true)", true)]
    [TestCase("equals(properties.gift,false)", false)]
    [TestCase("equals(properties.missing,null)", true)]
    [TestCase("equals(metric,null)", false)]
    [TestCase("equals(datetime,2026-11-23T08:30:00Z)", true)]
    [TestCase("equals(datetime,\"2026-11-23T09:30:00+01:00\")", true)]
    [TestCase("equals(datetime,2026-11-23T08:30:00.001Z)", false)]
    [TestCase("greater-than(value,100)", true)]
    [TestCase("greater-than(value,120)", false)]
    [TestCase("greater-or-equal(value,120)", true)]
    [TestCase("less-than(value,120)", false)]
    [TestCase("less-or-equal(value,120)", true)]
    [TestCase("less-than(value,1.5e3)", true)]
    [TestCase("less-than(value,-1)", false)]
    [TestCase("greater-than(datetime,2026-11-23T08:30:00Z)", false)]
    [TestCase("greater-or-equal(datetime,2026-11-23T08:30:00Z)", true)]
    [TestCase("less-than(datetime,2026-11-23T08:30:00Z)", false)]
    [TestCase("less-or-equal(datetime,2026-11-23T08:30:00Z)", true)]
    [TestCase("less-than(properties.born,2000-01-01)", true)]
    [TestCase("greater-than(metric,5)", false)]
    [TestCase("contains(properties.Country,\"ran\")", true)]
    [TestCase("contains(properties.tags,\"vip\")", true)]
    [TestCase("contains(properties.tags,\"vi\")", false)]
    [TestCase("contains-any(properties.tags,[\"x\",\"vip\"])", true)]
    [TestCase("contains-all(properties.tags,[\"x\",\"vip\"])", false)]
    [TestCase("starts-with(properties.Country,\"Fr\")", true)]
    [TestCase("ends-with(properties.Country,\"Fr\")", false)]
    [TestCase("any(properties.Country,[\"Spain\",\"France\"])", true)]
    [TestCase("any(value,[1,120])", true)]
    [TestCase("any(value,[])", false)]
    [TestCase("has(properties.Country)", true)]
    [TestCase("has(properties.missing)", false)]
    [TestCase("not(has(properties.missing))", true)]
    [TestCase("greater-than(value,100),equals(properties.Country,\"France\")", true)]
    [TestCase("greater-than(value,100),equals(properties.Country,\"Spain\")", false)]
    [TestCase("and(has(value),or(equals(value,1),equals(value,120)))", true)]
    [TestCase(" or( equals( value , 1 ) , not( has( value ) ) ) ", false)]
    [TestCase("equals(properties['Favorite, really'],\"dark blue\")", true)]
    [TestCase("equals(properties.note,\"say \\\"hi\\\"\")", true)]
    public void Matches_Expression_AsDocumented(string text, bool expected)
    {
        var expression = FilterExpression.Parse(text);
        Assert.That(expression.Matches(name => Row[name]), Is.EqualTo(expected));
        Assert.That(expression.ToString(), Is.EqualTo(text));
    }

    [Test]
    public void Fields_AreAllThatAreAskedFor()
    {
        var expression = FilterExpression.Parse("and(has(value),or(equals(metric,1),not(has(value)))),any(properties.x,[1])");
        Assert.That(string.Join(" ", expression.Fields), Is.EqualTo("metric properties.x value"));
    }

    [TestCase("", "character 1: '('")]
    [TestCase("equals", "character 7: '(' is expected before the end")]
    [TestCase("same(value,1)", "character 1: 'same' is not an operator: and, or, not, equals, greater-than")]
    [TestCase("equals(value)", "character 1: 'equals' takes a field and one value")]
    [TestCase("equals(,1)", "a field is expected")]
    [TestCase("equals(value,1", "')' is expected before the end")]
    [TestCase("equals(value,1))", "character 16: ',' or the end is expected, not ')'")]
    [TestCase("equals(value,France)", "character 14: 'France' is not a value")]
    [TestCase("equals(value,\"x)", "character 14: the string has no end")]
    [TestCase("greater-than(value,\"x\")", "takes a number or an ISO 8601 date")]
    [TestCase("starts-with(value,5)", "takes a string")]
    [TestCase("has(value,5)", "'has' takes a field")]
    [TestCase("any(value,[1,)", "is not a value")]
    [TestCase("not(has(value),has(value))", "')' is expected, not ','")]
    [TestCase("equals(value,[1,2])", "takes a field and one value")]
    [TestCase("equals(value,1e999)", "is not a value")]
    public void Parse_NoExpression_NamesTheCharacter(string text, string message) =>
        Assert.That(() => FilterExpression.Parse(text), Throws.TypeOf<DefinitionException>().With.Message.Contains(message));

    [Test]
    public void Parse_NestedWithoutEnd_IsRefused()
    {
        var text = string.Concat(Enumerable.Repeat("not(", 10_000));
        Assert.That(() => FilterExpression.Parse(text), Throws.TypeOf<DefinitionException>().With.Message.Contains("deeper than 64"));
    }
}
