using CsCheck;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Oracle;

public sealed class MetricOracleTests
{
    private static readonly TimeUnit[] Units = [TimeUnit.Minute, TimeUnit.Hour, TimeUnit.Day, TimeUnit.Week, TimeUnit.Month, TimeUnit.Year];

    [Test]
    public void ProfileMetricCondition_RandomHistories_IsWhatTheOracleSays()
    {
        Gen.Int.Sample(seed => Check(seed, (random, history, at) =>
        {
            var condition = random.Metric();
            var events = NaiveMetrics.Events(history, condition.Metric, condition.Window, condition.Where, at);
            var value = NaiveMetrics.Measured(condition.Measure, events);
            var explanation = condition.Explain(history.At(at));
            Assert.That(condition.Holds(history.At(at)), Is.EqualTo(NaiveMetrics.Passes(condition.Amount, value)), $"{condition} at {at}");
            Assert.That(explanation.Holds, Is.EqualTo(condition.Holds(history.At(at))));
            Assert.That(explanation.Value, Is.EqualTo(value), $"{condition} at {at}");
            Assert.That(explanation.Evidence, Is.EqualTo(events.Select(e => e.Row)), $"{condition} at {at}");
        }), iter: Rounds.Of(4000));
    }

    [Test]
    public void Aggregator_RandomHistories_IsWhatTheOracleSays()
    {
        Gen.Int.Sample(seed => Check(seed, (random, history, at) =>
        {
            var metric = random.Metric();
            var range = new TimeRange(random.Time(), random.Time().PlusMs(40 * 86_400_000L));
            var query = new AggregateQuery
            {
                Metric = metric.Metric,
                Measures = [metric.Measure, Measure.Count, Measure.Sum, Measure.Average, "distinct:kind", "last:n"],
                Window = metric.Window,
                Where = metric.Where,
                Range = range,
                GroupBy = "n",
            };
            var events = NaiveMetrics.Events(history, metric.Metric, metric.Window, metric.Where, at);
            events.RemoveAll(e => !range.Contains(e.Row.Time));
            var result = Aggregator.Evaluate(query, history.At(at));

            Assert.That(result.Values, Is.EqualTo(query.Measures.Select(m => NaiveMetrics.Measured(m, events))));
            var groups = events.GroupBy(e => e.Properties["n"]).ToDictionary(g => g.Key, g => g.ToList());
            Assert.That(result.Groups.Select(g => g.Key), Is.EquivalentTo(groups.Keys));
            Assert.That(result.Groups.Select(g => g.Key), Is.Ordered.Using((IComparer<PropertyValue>)PropertyOrder.Instance));
            foreach (var group in result.Groups)
            {
                Assert.That(group.Values, Is.EqualTo(query.Measures.Select(m => NaiveMetrics.Measured(m, groups[group.Key]))));
            }
        }), iter: Rounds.Of(2000));
    }

    private static void Check(int seed, Action<RandomSegments, ListHistory, Instant> check)
    {
        var random = new RandomSegments(seed, Instant.Parse("2026-11-15T00:00:00Z"), 3_600_000, 24 * 60, Units, 40);
        check(random, random.History(), random.Time());
    }
}
