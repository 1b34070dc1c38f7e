using Klaviyo.Bench.Compare.Data;

namespace Klaviyo.Bench.Compare.Subjects;

/// <summary>The segments as definitions of ours.</summary>
internal static class OurSegments
{
    private static readonly SegmentDefinition FrequentBuyers =
        new(Orders(NumberOperator.GreaterThanOrEqualTo, 3, Last(30)));

    private static readonly SegmentDefinition Browsers = new(new AndCondition(
    [
        new ProfileMetricCondition
        {
            Metric = SampleEvents.Metrics[SampleEvents.ViewedProduct],
            Amount = new NumberFilter(NumberOperator.GreaterThan, 0),
            Window = Last(7),
        },
        Orders(NumberOperator.EqualTo, 0, Last(30)),
    ]));

    private static readonly SegmentDefinition SpentInParis =
        new(Orders(NumberOperator.GreaterThan, SegmentSql.Spent, new AlltimeDateFilter()) with
        {
            Measure = Measure.Sum,
            Where = [new PropertyFilter("City", new StringFilter(StringOperator.EqualTo, SampleEvents.Paris))],
        });

    internal static SegmentDefinition Of(SegmentKind kind)
    {
        return kind switch
        {
            SegmentKind.FrequentBuyers => FrequentBuyers,
            SegmentKind.Browsers => Browsers,
            _ => SpentInParis,
        };
    }

    private static RelativeDateFilter Last(int days) => new(RelativeDateOperator.InTheLast, days, TimeUnit.Day);

    private static ProfileMetricCondition Orders(NumberOperator op, double amount, DateFilter window) => new()
    {
        Metric = SampleEvents.Metrics[SampleEvents.PlacedOrder],
        Amount = new NumberFilter(op, amount),
        Window = window,
    };
}
