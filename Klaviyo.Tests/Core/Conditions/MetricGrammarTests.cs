using CsCheck;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Conditions;

// aggregate, first-time, regularly, stopped, restarted against their definitions written down in LINQ. That the next flip is
// exact, NextFlipTests says.
public sealed class MetricGrammarTests
{
    private const long HourMs = 3_600_000;
    private static readonly Instant Origin = Instant.Parse("2026-10-20T00:00:00Z");
    private static readonly TimeUnit[] Units = [TimeUnit.Hour, TimeUnit.Day, TimeUnit.Week, TimeUnit.Month];

    [TestCase("UTC")]
    [TestCase("Europe/Berlin")]
    public void Habit_RandomHistories_IsWhatTheDefinitionSays(string name)
    {
        var zone = AccountZone.Of(name);
        Gen.Int.Sample(
            seed =>
            {
                var random = new RandomSegments(seed, Origin, HourMs, 24 * 40, Units, 3);
                var (history, condition, at) = (random.History(), random.Habit(), random.Time());
                Assert.That(condition.Holds(history.At(at, zone)), Is.EqualTo(Expected(condition, history.At(at, zone))), $"{condition} at {at}");
            },
            iter: 3000);
    }

    [Test]
    public void Aggregate_RandomHistories_IsWhatTheDefinitionSays()
    {
        Gen.Int.Sample(
            seed =>
            {
                var random = new RandomSegments(seed, Origin, HourMs, 24 * 40, Units, 3);
                var (history, condition, at) = (random.History(), random.Aggregate(), random.Time());
                var context = history.At(at);
                var rows = Rows(condition, context).Where(r => condition.Window.Matches(r.Time, context)).ToList();
                Assert.That(condition.Holds(context), Is.EqualTo(condition.Filter.Matches(Value(condition.Measure, rows, history), context)), $"{condition} at {at}");
            },
            iter: 2000);
    }

    [Test]
    public void Explain_Stopped_ShowsWhatWasDoneBefore()
    {
        var history = new ListHistory().Did("Ordered", "2026-09-01").Did("Ordered", "2026-10-01");
        var segment = new SegmentDefinition(new StoppedCondition { Metric = "Ordered", Quantity = 30, Unit = TimeUnit.Day, Times = 2 });
        var why = segment.Explain(history.At("2026-10-02"));
        Assert.That(why.Holds, Is.False);
        Assert.That(why.Condition, Is.EqualTo("not 'Ordered' in the last 30 days, but at least 2 times before"));
        Assert.That(why.Value, Is.EqualTo((PropertyValue)Instant.Parse("2026-10-01")));
        Assert.That(why.Evidence, Has.Count.EqualTo(2));
        Assert.That(why.NextFlip, Is.EqualTo(Instant.Parse("2026-10-31")));
    }

    [Test]
    public void Explain_Restarted_ShowsTheTwoEventsAroundTheGap()
    {
        var history = new ListHistory().Did("Ordered", "2026-01-01").Did("Ordered", "2026-10-01").Did("Ordered", "2026-10-02");
        var condition = new RestartedCondition
        {
            Metric = "Ordered",
            Gap = new TimeStep(6, TimeUnit.Month),
            Window = new RelativeDateFilter(RelativeDateOperator.InTheLast, 30, TimeUnit.Day),
        };
        var why = new SegmentDefinition(condition).Explain(history.At("2026-10-03"));
        Assert.That(why.Holds, Is.True);
        Assert.That(why.Evidence.Select(e => e.Time), Is.EqualTo(new[] { Instant.Parse("2026-01-01"), Instant.Parse("2026-10-01") }));
        Assert.That(why.NextFlip, Is.EqualTo(Instant.Parse("2026-10-31")));
    }

    [Test]
    public void Limits_AreChecked()
    {
        Assert.That(() => new RegularlyCondition { Metric = "m", Quantity = 0, Unit = TimeUnit.Day }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new RegularlyCondition { Metric = "m", Quantity = 1, Unit = TimeUnit.Day, Times = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new StoppedCondition { Metric = "m", Quantity = 1, Unit = TimeUnit.Day, InEachOf = 0 }, Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => new RestartedCondition { Metric = "m", Gap = new(-1, TimeUnit.Day) }, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    private static bool Expected(MetricCondition condition, EvaluationContext context)
    {
        var rows = Rows(condition, context);
        Instant Ago(int quantity, TimeUnit unit) => context.Zone.Plus(context.At, -quantity, unit);
        int Between(int earlier, int later, TimeUnit unit) => rows.Count(r => r.Time > Ago(earlier, unit) && r.Time <= Ago(later, unit));
        return condition switch
        {
            FirstTimeCondition first => rows.Take(1).Any(r => first.Window.Matches(r.Time, context)),
            RestartedCondition again => rows.Zip(rows.Skip(1)).Any(pair => again.Window.Matches(pair.Second.Time, context)
                && pair.First.Time <= context.Zone.Plus(pair.Second.Time, -again.Gap.Quantity, again.Gap.Unit)),
            RegularlyCondition often => Enumerable.Range(0, often.Quantity).All(i => Between(i + 1, i, often.Unit) >= often.Times),
            StoppedCondition stopped => rows.TrueForAll(r => r.Time <= Ago(stopped.Quantity, stopped.Unit))
                && (stopped.InEachOf is { } units
                    ? Enumerable.Range(stopped.Quantity, units).All(i => Between(i + 1, i, stopped.Unit) >= stopped.Times)
                    : rows.Count >= stopped.Times),
            _ => throw new InvalidOperationException(condition.ToString()),
        };
    }

    private static List<EventRow> Rows(MetricCondition condition, EvaluationContext context)
    {
        var history = (ListHistory)context.History;
        return [.. history.AllEvents
            .Where(e => e.Metric == condition.Metric && e.Row.Time <= context.At)
            .OrderBy(e => e.Row.Time)
            .Where(e => condition.Where.All(w => w.Filter is null || w.Filter.Matches(w.Property.Of(history, e.Row), context)))
            .Select(e => e.Row)];
    }

    private static PropertyValue Value(Measure measure, List<EventRow> rows, ListHistory history)
    {
        var values = rows.Select(r => (measure.Property ?? "$value").Of(history, r)).Where(v => !v.IsNull).ToList();
        var numbers = values.Where(v => v.Kind == PropertyKind.Number).Select(v => v.AsNumber()).ToList();
        return measure.Kind switch
        {
            MeasureKind.First => values.FirstOrDefault(),
            MeasureKind.Last => values.LastOrDefault(),
            MeasureKind.Distinct => values.Distinct().Count(),
            MeasureKind.Average => numbers.Count == 0 ? PropertyValue.Null : numbers.Average(),
            MeasureKind.Max => numbers.Count == 0 ? PropertyValue.Null : numbers.Max(),
            _ => throw new InvalidOperationException(measure.ToString()),
        };
    }
}
