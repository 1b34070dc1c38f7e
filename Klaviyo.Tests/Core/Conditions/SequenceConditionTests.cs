using CsCheck;
using Klaviyo.Json;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Conditions;

public sealed class SequenceConditionTests
{
    private const long HourMs = 3_600_000;
    private static readonly Instant Origin = Instant.Parse("2026-10-20T00:00:00Z");

    // The oracle tries every choice of events, one for each step that happened, and looks at every event for those that did not.
    [TestCase(3L)]
    [TestCase(200L)]
    public void Holds_RandomHistories_IsWhatEveryChoiceOfEventsSays(long hours)
    {
        Gen.Int.Sample(
            seed =>
            {
                var random = new RandomSegments(seed, Origin, HourMs, (int)hours, [TimeUnit.Hour, TimeUnit.Day], 3);
                var (history, sequence, at) = (random.History(), random.Sequence(), random.Time());
                Assert.That(sequence.Holds(history.At(at)), Is.EqualTo(Expected(sequence, history.At(at))), $"{sequence} at {at}");
            },
            iter: 6000);
    }

    [Test]
    public void Holds_CalendarTimes_IsWhatEveryChoiceOfEventsSays()
    {
        Gen.Int.Sample(
            seed =>
            {
                var random = new RandomSegments(seed, Instant.Parse("2027-01-25T00:00:00Z"), 24 * HourMs, 80, [TimeUnit.Month], 2);
                var (history, sequence, at) = (random.History(), random.Sequence(), random.Time());
                var context = history.At(at, AccountZone.Of("Europe/Berlin"));
                Assert.That(sequence.Holds(context), Is.EqualTo(Expected(sequence, context)), $"{sequence} at {at}");
            },
            iter: 2000);
    }

    // "did A, then not B within 3 days": of the same cart.
    [Test]
    public void AbandonedCart_OfTheSameKey_HoldsWhenTheTimeIsOver()
    {
        var segment = SegmentJson.Parse("""
            {"type":"sequence","key":"cart_id","timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":30},"steps":[
              {"metric_id":"Started Checkout"},
              {"metric_id":"Placed Order","happened":false,"key":"cart.id","within":{"quantity":3,"unit":"day"}}]}
            """);
        var history = new ListHistory()
            .Did("Started Checkout", "2026-11-01", 1, new() { ["cart_id"] = "a" })
            .Did("Started Checkout", "2026-11-02", 1, new() { ["cart_id"] = "b" })
            .Did("Started Checkout", "2026-11-03")
            .Did("Placed Order", "2026-11-04", 1, new() { ["cart"] = new PropertyMap { ["id"] = "a" } });
        Assert.That(segment.Holds(history.At("2026-11-04T00:00:00Z")), Is.False, "a was ordered in the last millisecond");
        Assert.That(segment.NextFlip(history.At("2026-11-02")), Is.EqualTo(Instant.Parse("2026-11-05")));
        Assert.That(segment.NextFlip(history.At("2026-11-05")), Is.EqualTo(Instant.Parse("2026-12-02")));
        var why = segment.Explain(history.At("2026-11-05"));
        Assert.That(why.Holds, Is.True);
        Assert.That(why.Evidence.Select(e => e.Id), Is.EqualTo(new[] { new EventId(2) }));
        Assert.That(why.Condition, Is.EqualTo(
            "'Started Checkout', then not 'Placed Order' within 3 days, of the same cart_id, beginning in the last 30 days"));
        history.Did("Placed Order", "2026-11-04", 1, new() { ["cart"] = new PropertyMap { ["id"] = "b" } });
        Assert.That(segment.NextFlip(history.At("2026-11-02")), Is.Null);
    }

    [Test]
    public void Explain_WhereItDoesNotHold_ShowsHowFarItCame()
    {
        var sequence = new SequenceCondition { Steps = [Step("a"), Step("b"), Step("c")] };
        var history = new ListHistory().Did("b", "2026-11-01").Did("a", "2026-11-02").Did("b", "2026-11-03");
        var why = sequence.Explain(history.At("2026-11-04"));
        Assert.That(why.Holds, Is.False);
        Assert.That(why.Value, Is.EqualTo((PropertyValue)2));
        Assert.That(why.Evidence.Select(e => e.Id.Value), Is.EqualTo(new long[] { 2, 3 }));
    }

    [Test]
    public void Funnel_IsASequenceWithinATimeOfTheFirstStep()
    {
        var funnel = (MetricFunnelCondition)SegmentJson.Parse("""
            {"type":"profile-metric-funnel","timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":90},
             "completion_window_seconds":"DAYS_3","steps":[
               {"metric_exists":true,"metric_id":"Viewed"},{"metric_exists":true,"metric_id":"Added"},{"metric_exists":false,"metric_id":"Ordered"}]}
            """).Root;
        var history = new ListHistory().Did("Viewed", "2026-11-01").Did("Added", "2026-11-03");
        Assert.That(funnel.Holds(history.At("2026-11-03")), Is.False);
        Assert.That(funnel.NextBoundary(history.At("2026-11-03")), Is.EqualTo(Instant.Parse("2026-11-04")));
        Assert.That(funnel.Holds(history.At("2026-11-04")), Is.True);
        history.Did("Ordered", "2026-11-04T00:00:00.001Z");
        Assert.That(funnel.Holds(history.At("2026-11-05")), Is.True, "too late to count");
    }

    // As a group of no conditions: nothing is asked for.
    [Test]
    public void Funnel_WithoutSteps_HoldsForEveryone_AtAnyTime()
    {
        var funnel = SegmentJson.Parse("""
            {"type":"profile-metric-funnel","timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":90},"steps":[]}
            """).Root;
        var context = new ListHistory().Did("Viewed", "2026-11-01").At("2026-11-04");
        Assert.That(funnel.Holds(context), Is.True);
        Assert.That(funnel.NextBoundary(context), Is.Null);
        var why = funnel.Explain(context);
        Assert.That(why.Holds, Is.True);
        Assert.That(why.Condition, Does.StartWith("no steps"));
    }

    [Test]
    public void Steps_TimeBeforeAnyEvent_IsRefused()
    {
        Assert.That(() => new SequenceCondition { Steps = [Step("a") with { Within = new TimeStep(1, TimeUnit.Day) }] }, Throws.ArgumentException);
        Assert.That(() => Step("a") with { Within = new TimeStep(-1, TimeUnit.Day) }, Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    // Of the events before, mostly the latest decides. One who tried all ways through 4000 events would never end.
    [Test]
    public void Holds_ManyEvents_Ends()
    {
        var history = new ListHistory();
        for (var i = 0; i < 4000; i++)
        {
            history.Did(i % 2 == 0 ? "a" : "b", Origin.PlusMs(i * HourMs));
        }

        var never = new SequenceCondition { Steps = [Step("a"), Step("b") with { Happened = false }, Step("a"), Step("c")] };
        Assert.That(never.Holds(history.At("2027-11-01")), Is.False);
    }

    private static SequenceStep Step(string metric) => new() { Metric = metric };

    private static bool Expected(SequenceCondition sequence, EvaluationContext context)
    {
        var history = (ListHistory)context.History;
        var events = history.AllEvents.Where(e => e.Row.Time <= context.At)
            .OrderBy(e => e.Row.Time).ThenBy(e => e.Row.Id.Value).Select(e => (e.Metric, e.Row)).ToList();
        var keys = sequence.Key is null
            ? [PropertyValue.Null]
            : events.Select(e => sequence.Key.Of(history, e.Row)).Where(k => !k.IsNull).Distinct();
        return keys.Any(key => Choose(sequence, events, key, [], context));
    }

    private static bool Choose(
        SequenceCondition sequence, List<(string Metric, EventRow Row)> events, PropertyValue key, int[] chosen, EvaluationContext context)
    {
        var step = chosen.Length;
        if (step == sequence.Steps.Count)
        {
            return Fits(sequence, events, key, chosen, context);
        }

        if (!sequence.Steps[step].Happened)
        {
            return Choose(sequence, events, key, [.. chosen, -1], context);
        }

        return Enumerable.Range(chosen.DefaultIfEmpty(-1).Max() + 1, events.Count - (chosen.DefaultIfEmpty(-1).Max() + 1))
            .Where(i => Counts(sequence, sequence.Steps[step], events[i], key, context))
            .Any(i => Choose(sequence, events, key, [.. chosen, i], context));
    }

    private static bool Fits(
        SequenceCondition sequence, List<(string Metric, EventRow Row)> events, PropertyValue key, int[] chosen, EvaluationContext context)
    {
        var first = chosen.First(c => c >= 0);
        if (!sequence.Window.Matches(events[first].Row.Time, context))
        {
            return false;
        }

        for (var i = 0; i < chosen.Length; i++)
        {
            var step = sequence.Steps[i];
            var previous = chosen[..i].Where(c => c >= 0).DefaultIfEmpty(-1).Last();
            var next = chosen[i..].FirstOrDefault(c => c >= 0, int.MaxValue);
            var anchor = step.Anchor == SequenceAnchor.First ? first : previous;
            var deadline = step.Within is { } within && anchor >= 0
                ? within.From(events[anchor].Row.Time, context.Zone)
                : (Instant?)null;
            var fits = step.Happened
                ? deadline is null || events[chosen[i]].Row.Time <= deadline
                : !(next == int.MaxValue && deadline > context.At)
                    && !events.Where((e, j) => j > previous && j < next
                        && (deadline is null || e.Row.Time <= deadline)
                        && (previous >= 0 || sequence.Window.Matches(e.Row.Time, context))
                        && Counts(sequence, step, e, key, context)).Any();
            if (!fits)
            {
                return false;
            }
        }

        return true;
    }

    private static bool Counts(
        SequenceCondition sequence, SequenceStep step, (string Metric, EventRow Row) e, PropertyValue key, EvaluationContext context)
    {
        return e.Metric == step.Metric
            && step.Where.All(w => w.Filter is null || w.Filter.Matches(w.Property.Of(context.History, e.Row), context))
            && (sequence.Key is null || (step.Key ?? sequence.Key).Of(context.History, e.Row) == key);
    }
}
