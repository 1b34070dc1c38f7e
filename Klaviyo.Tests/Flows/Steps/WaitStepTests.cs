using CsCheck;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Flows.Steps;

// Waits of ours, each against what a walk over minutes or a list of events finds.
public sealed class WaitStepTests
{
    private static readonly Instant Start = Instant.Parse("2026-03-28T20:00:00Z");

    [Test]
    public void Window_IsTheFirstMinuteInside()
    {
        Gen.Select(Gen.Int[0, 95], Gen.Int[0, 95], Gen.Bool.Array[7], Gen.Int[0, 14 * 1440]).Sample(
            (from, until, flags, minute) =>
            {
                var days = Enum.GetValues<DayOfWeek>().Where(d => flags[(int)d]).ToList();
                var step = new WaitForWindowStep
                {
                    Id = "w",
                    Timezone = "Europe/Berlin",
                    From = TimeOnly.MinValue.AddMinutes(from * 15),
                    Until = TimeOnly.MinValue.AddMinutes(until * 15),
                    Weekdays = ValueList.Of(days),
                };
                var zone = AccountZone.Of("Europe/Berlin");
                var start = Start.PlusMs(minute * 60_000L);
                var decision = step.Decide(new StepContext(new TestFacts(new ListHistory()), start, start, null));
                var end = decision.Kind == DecisionKind.Wait ? decision.Due : start;
                for (var at = start; at < end; at = at.PlusMs(60_000))
                {
                    Assert.That(IsInside(at, step, zone), Is.False, $"{at} {step}");
                }

                Assert.That(IsInside(end, step, zone), $"{end} {step}");
            },
            iter: 150);
    }

    // "wait-until sees events from the moment the run arrives on the step, including one in the same millisecond, and, if asked,
    // those since the flow began; timeout and event in the same millisecond: the event wins."
    [TestCase(-1, false, ExpectedResult = "await 100")]
    [TestCase(-1, true, ExpectedResult = "branch 0")]
    [TestCase(-20, true, ExpectedResult = "await 100")]
    [TestCase(0, false, ExpectedResult = "branch 0")]
    [TestCase(40, false, ExpectedResult = "await 40")]
    [TestCase(100, false, ExpectedResult = "await 100")]
    public string AnEvent_Counts(int ms, bool sinceStart)
    {
        var history = new ListHistory().Did("A", Start.PlusMs(ms));
        return Said(Until(sinceStart), history, arrived: 0, at: 0, entered: -10);
    }

    [TestCase(99, ExpectedResult = "await 100")]
    [TestCase(100, ExpectedResult = "branch 1")]
    public string AnEventAfterIt_TheTimeoutWins(int at) => Said(Until(false), new ListHistory().Did("A", Start.PlusMs(101)), 0, at, 0);

    [Test]
    public void AnEventInTheMillisecondOfTheTimeout_Wins() =>
        Assert.That(Said(Until(false), new ListHistory().Did("A", Start.PlusMs(100)), 0, 100, 0), Is.EqualTo("branch 0"));

    [Test]
    public void TheFirstInTime_IsTaken_AtOneInstantTheFirstInTheList()
    {
        var step = new WaitUntilStep { Id = "w", Branches = [new("a") { Metric = "A" }, new("b") { Metric = "B" }] };
        var early = new ListHistory().Did("A", Start.PlusMs(5)).Did("B", Start.PlusMs(4));
        Assert.That(Said(step, early, 0, 10, 0), Is.EqualTo("branch 1"));
        var same = new ListHistory().Did("A", Start.PlusMs(5)).Did("B", Start.PlusMs(5));
        Assert.That(Said(step, same, 0, 10, 0), Is.EqualTo("branch 0"));
    }

    [Test]
    public void RandomSplit_IsStickyAndInProportion()
    {
        var step = new RandomSplitStep { Id = "s", Branches = [new("a", 1), new("b", 3), new("c", 0)] };
        var drawn = Enumerable.Range(0, 20_000).Select(i => Draw(step, i)).ToList();
        Assert.That(Enumerable.Range(0, 20_000).Select(i => Draw(step, i)), Is.EqualTo(drawn));
        Assert.That(drawn.Count(d => d == 0) / 20_000.0, Is.EqualTo(0.25).Within(0.02));
        Assert.That(drawn, Has.None.EqualTo(2));
        var other = Enumerable.Range(0, 20_000).Count(i => Draw(step with { Salt = "other" }, i) == drawn[i]);
        Assert.That(other / 20_000.0, Is.EqualTo(0.625).Within(0.02), "another salt draws independently");
    }

    private static int Draw(Step step, int profile)
    {
        var facts = new TestFacts(new ListHistory(id: profile));
        return step.Decide(new StepContext(facts, Start, Start, null)).Exit;
    }

    private static WaitUntilStep Until(bool sinceStart) =>
        new() { Id = "w", Branches = [new("a") { Metric = "A", SinceStart = sinceStart }], TimeoutMs = 100 };

    private static string Said(Step step, ListHistory history, int arrived, int at, int entered)
    {
        var decision = step.Decide(new StepContext(new TestFacts(history), Start.PlusMs(at), Start.PlusMs(entered), null) { Arrived = Start.PlusMs(arrived) });
        return decision.Kind == DecisionKind.Await ? $"await {decision.Due.UnixMs - Start.UnixMs}" : $"branch {decision.Exit}";
    }

    private static bool IsInside(Instant at, WaitForWindowStep step, AccountZone zone)
    {
        var today = zone.ToLocal(at).Date;
        return new[] { today.AddDays(-1), today }.Any(day =>
            (step.Weekdays.Count == 0 || step.Weekdays.Contains(day.DayOfWeek))
            && zone.FirstInstantOf(day + step.From.ToTimeSpan()) <= at
            && at < zone.FirstInstantOf((step.Until > step.From ? day : day.AddDays(1)) + step.Until.ToTimeSpan()));
    }
}
