namespace Klaviyo.Tests.Core.Queries;

public sealed class MeasureTests
{
    [TestCase("count")]
    [TestCase("sum")]
    [TestCase("min")]
    [TestCase("max")]
    [TestCase("avg")]
    [TestCase("first")]
    [TestCase("last")]
    [TestCase("distinct:Country")]
    [TestCase("sum:properties['a:b']")]
    public void Parse_ThenToString_IsTheSameText(string text) => Assert.That(Measure.Parse(text).ToString(), Is.EqualTo(text));

    [TestCase("")]
    [TestCase("median")]
    [TestCase("sum:")]
    [TestCase(":x")]
    [TestCase("Sum")]
    public void Parse_NoMeasure_ThrowsWithAllMeasures(string text) =>
        Assert.That(() => Measure.Parse(text), Throws.TypeOf<FormatException>().With.Message.Contains("count, sum, min, max, avg"));
}
