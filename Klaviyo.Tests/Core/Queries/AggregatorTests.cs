using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Queries;

public sealed class AggregatorTests
{
    private static readonly Measure[] All = ["count", "sum", "min", "max", "avg", "first", "last", "distinct", "distinct:Country", "sum:Quantity"];

    private readonly ListHistory _history = new ListHistory()
        .Did("Placed Order", "2026-11-03T00:00:00Z", 30, new() { ["Country"] = "France", ["Quantity"] = 2 })
        .Did("Placed Order", "2026-11-01T00:00:00Z", 10, new() { ["Country"] = "Spain", ["Quantity"] = "two" })
        .Did("Placed Order", "2026-11-04T00:00:00Z", double.NaN, new() { ["Country"] = "France" })
        .Did("Placed Order", "2026-11-02T00:00:00Z", 20)
        .Did("Placed Order", "2026-11-09T00:00:00Z", 1000);

    [Test]
    public void Evaluate_EveryMeasure_AsDocumented()
    {
        var result = Evaluate(new AggregateQuery { Metric = "Placed Order", Measures = ValueList.Of(All) });
        Assert.That(result.Values, Is.EqualTo(new PropertyValue[] { 4, 60, 10, 30, 20, 10, 30, 3, 2, 2 }));
        Assert.That(result.Number, Is.EqualTo(4));
        Assert.That(result.Groups, Is.Empty);
    }

    [Test]
    public void Evaluate_MetricNeverDone_CountsAndSumsToZeroAndKnowsNoMean()
    {
        var result = Evaluate(new AggregateQuery { Metric = "placed order", Measures = ValueList.Of(All) });
        var none = PropertyValue.Null;
        Assert.That(result.Values, Is.EqualTo(new PropertyValue[] { 0, 0, none, none, none, none, none, 0, 0, 0 }));
    }

    [Test]
    public void Evaluate_GroupBy_SplitsAndKeepsEventsWithoutTheProperty()
    {
        var result = Evaluate(new AggregateQuery { Metric = "Placed Order", Measures = ["count", "sum"], GroupBy = "Country" });
        Assert.That(result.Groups, Is.EqualTo(new AggregateGroup[]
        {
            new(PropertyValue.Null, [1, 20]),
            new("France", [2, 30]),
            new("Spain", [1, 10]),
        }));
        Assert.That(result.Values, Is.EqualTo(new PropertyValue[] { 4, 60 }));
    }

    [Test]
    public void Evaluate_WindowRangeAndWhere_AllBound()
    {
        var result = Evaluate(new AggregateQuery
        {
            Metric = "Placed Order",
            Measures = ["sum"],
            Window = new RelativeDateFilter(RelativeDateOperator.InTheLast, 3, TimeUnit.Day),
            Range = new TimeRange(Instant.MinValue, Instant.Parse("2026-11-03T00:00:00Z")),
            Where = [new PropertyFilter("$value", new NumberFilter(NumberOperator.GreaterThan, 5))],
        });
        Assert.That(result.Number, Is.EqualTo(50));
    }

    private AggregateResult Evaluate(AggregateQuery query) => Aggregator.Evaluate(query, _history.At("2026-11-04T12:00:00Z"));
}
