using Klaviyo.Bench.Compare.Data;

namespace Klaviyo.Bench.Compare.Subjects;

/// <summary>A hundred segments as a company has them: sixty with windows of time, forty without.</summary>
internal static class LiveSegments
{
    private static readonly int[] Days = [1, 3, 7, 14, 30, 60];

    internal static string[] Plans { get; } = ["free", "basic", "plus", "pro"];

    internal static IEnumerable<(string Name, SegmentDefinition Definition)> All()
    {
        for (var metric = 0; metric < SampleEvents.Metrics.Length; metric++)
        {
            foreach (var days in Days)
            {
                yield return Named($"{metric} often in {days}", Did(metric, NumberOperator.GreaterThanOrEqualTo, 2 + metric, days));
                yield return Named($"{metric} not in {days}", Both(Did(0, NumberOperator.GreaterThan, 0, 2 * days), Did(metric, NumberOperator.EqualTo, 0, days)));
            }

            for (var i = 0; i < Plans.Length; i++)
            {
                yield return Named($"{metric} on {Plans[i]}", Both(Did(metric, NumberOperator.GreaterThan, i * 3, null), OnPlan(i)));
                yield return Named($"{metric} spent {i}", Spent(metric, 100 * (i + 1)));
            }
        }
    }

    private static (string Name, SegmentDefinition Definition) Named(string name, Condition root) => (name, new SegmentDefinition(root));

    private static AndCondition Both(Condition one, Condition other) => new([one, other]);

    private static ProfilePropertyCondition OnPlan(int plan) => new("plan", new StringFilter(StringOperator.EqualTo, Plans[plan]));

    private static ProfileMetricCondition Spent(int metric, int amount) => new()
    {
        Metric = SampleEvents.Metrics[metric],
        Measure = Measure.Sum,
        Amount = new NumberFilter(NumberOperator.GreaterThan, amount),
    };

    private static ProfileMetricCondition Did(int metric, NumberOperator op, int amount, int? days) => new()
    {
        Metric = SampleEvents.Metrics[metric],
        Amount = new NumberFilter(op, amount),
        Window = days is { } last ? new RelativeDateFilter(RelativeDateOperator.InTheLast, last, TimeUnit.Day) : new AlltimeDateFilter(),
    };

    internal static string PlanOf(int profile) => Plans[profile % Plans.Length];

}
