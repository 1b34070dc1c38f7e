using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Tests.Flows.Steps;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Flows.Interpreter;

// One call, one transition: given a run, a history and an instant, what comes next and why.
public sealed class FlowInterpreterTests
{
    private static readonly Instant Now = Instant.Parse("2026-03-02T09:00:00Z");
    private static readonly Instant Yesterday = Instant.Parse("2026-03-01T09:00:00Z");

    private static readonly Dictionary<string, string> Reachable = new()
    {
        ["email"] = "ada@example.com",
        ["phone_number"] = "+4930123456",
    };

    [TestCase(null, 0, ReentryUnit.Alltime, SkipReason.None)]
    [TestCase("2020-01-01", 1, ReentryUnit.Alltime, SkipReason.ReentryNotAllowed)]
    [TestCase("2020-01-01", 0, ReentryUnit.Alltime, SkipReason.None)]
    [TestCase("2026-03-02T09:00:00Z", 0, ReentryUnit.Day, SkipReason.None)]
    [TestCase("2026-03-01T09:00:00Z", 1, ReentryUnit.Day, SkipReason.None)]
    [TestCase("2026-03-01T09:00:00.001Z", 1, ReentryUnit.Day, SkipReason.ReentryNotAllowed)]
    [TestCase("2026-03-02T06:00:00.001Z", 3, ReentryUnit.Hour, SkipReason.ReentryNotAllowed)]
    [TestCase("2026-03-02T06:00:00Z", 3, ReentryUnit.Hour, SkipReason.None)]
    [TestCase("2026-02-16T09:00:00Z", 2, ReentryUnit.Week, SkipReason.None)]
    [TestCase("2026-02-16T09:00:00.001Z", 2, ReentryUnit.Week, SkipReason.ReentryNotAllowed)]
    public void Enter_AfterLastEntry_FollowsTheCriteria(string? last, int duration, ReentryUnit unit, SkipReason expected)
    {
        var flow = Some.Flow("f", new MetricTrigger("A"), Some.Email("mail")) with { Reentry = new(duration, unit) };
        var facts = new TestFacts(new ListHistory()) { LastEntry = last is null ? null : Instant.Parse(last) };
        var next = Next(flow, Triggered(), facts);
        Assert.That(next.Reason, Is.EqualTo(expected));
        Assert.That(next.Kind, Is.EqualTo(expected == SkipReason.None ? DecisionKind.Enter : DecisionKind.Refuse));
    }

    [Test]
    public void Enter_WithoutCriteria_AlwaysByMetricOnceByList()
    {
        var facts = new TestFacts(new ListHistory().Joined("L", Now)) { LastEntry = Yesterday };
        Assert.That(Next(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")), Triggered(), facts).Kind, Is.EqualTo(DecisionKind.Enter));
        Assert.That(
            Next(Some.Flow("f", new ListTrigger("L"), Some.Email("m")), Triggered(), facts).Reason,
            Is.EqualTo(SkipReason.ReentryNotAllowed));
    }

    [Test]
    public void Enter_ByListThatTheProfileWasOn_IsRefused()
    {
        var facts = new TestFacts(new ListHistory().Joined("L", Yesterday).Joined("L", Now));
        var next = Next(Some.Flow("f", new ListTrigger("L"), Some.Email("m")), Triggered(), facts);
        Assert.That(next.Reason, Is.EqualTo(SkipReason.NotNewOnList));

        var again = new TestFacts(new ListHistory().Joined("L", Yesterday).Left("L", Now.PlusMs(-1)).Joined("L", Now));
        Assert.That(Next(Some.Flow("f", new ListTrigger("L"), Some.Email("m")), Triggered(), again).Kind, Is.EqualTo(DecisionKind.Enter));
    }

    [Test]
    public void Enter_FilterFails_IsRefused()
    {
        var flow = Some.Flow("f", new MetricTrigger("A"), Some.Email("m")) with { ProfileFilter = Some.PropertyIs("city", "Bern") };
        Assert.That(Next(flow, Triggered(), new TestFacts(new ListHistory())).Reason, Is.EqualTo(SkipReason.FilterFailed));
    }

    [Test]
    public void Action_FilterFailsByNow_EndsTheRun()
    {
        var flow = Some.Flow("f", new MetricTrigger("A"), Some.Email("m", "m2"), Some.Email("m2")) with
        {
            ProfileFilter = Some.CountSinceStart("Order", "equals", 0),
        };
        var run = Standing(entered: Yesterday);
        var ordered = new ListHistory().Did("Order", Now);
        var next = Next(flow, run, new TestFacts(ordered) { Addresses = Reachable });
        Assert.That((next.Kind, next.Reason, next.To), Is.EqualTo((DecisionKind.Skip, SkipReason.FilterFailed, FlowGraph.End)));

        // What is after the instant does not exist yet, and what was before the entry does not count.
        var later = new ListHistory().Did("Order", Now.PlusMs(1)).Did("Order", Yesterday.PlusMs(-1));
        Assert.That(Next(flow, run, new TestFacts(later) { Addresses = Reachable }).Kind, Is.EqualTo(DecisionKind.Send));
    }

    [Test]
    public void Split_FilterFails_IsNotAsked()
    {
        var flow = Some.Flow(
            "f", new MetricTrigger("A"), Some.Split("s", Some.CountEver("A", "equals", 0), "m", null), Some.Email("m")) with
        {
            ProfileFilter = Some.PropertyIs("city", "Bern"),
        };
        Assert.That(Next(flow, Standing(), new TestFacts(new ListHistory())).Kind, Is.EqualTo(DecisionKind.Branch));
    }

    [TestCase(StepStatus.Live, SkipReason.None)]
    [TestCase(StepStatus.Draft, SkipReason.StepDisabled)]
    [TestCase(StepStatus.Manual, SkipReason.StepDisabled)]
    [TestCase(StepStatus.Disabled, SkipReason.StepDisabled)]
    public void Action_ByStatus_ActsOnlyIfLive(StepStatus status, SkipReason expected)
    {
        var flow = Some.Flow("f", new MetricTrigger("A"), Some.Email("m", "n") with { Status = status }, Some.Email("n"));
        var next = Next(flow, Standing(), new TestFacts(new ListHistory()) { Addresses = Reachable });
        Assert.That((next.Reason, next.To), Is.EqualTo((expected, 1)));
        Assert.That(next.Detail, Is.EqualTo(expected == SkipReason.None ? null : StepStatusText.Of(status)));
    }

    [TestCase("email", null, false, SkipReason.None)]
    [TestCase("email", ConsentStatus.NeverSubscribed, false, SkipReason.None)]
    [TestCase("email", ConsentStatus.Subscribed, false, SkipReason.None)]
    [TestCase("email", ConsentStatus.Unsubscribed, false, SkipReason.NoConsent)]
    [TestCase("email", ConsentStatus.Unsubscribed, true, SkipReason.None)]
    [TestCase("email", ConsentStatus.Suppressed, false, SkipReason.Suppressed)]
    [TestCase("email", ConsentStatus.Suppressed, true, SkipReason.Suppressed)]
    [TestCase("sms", null, false, SkipReason.NoConsent)]
    [TestCase("sms", null, true, SkipReason.None)]
    [TestCase("sms", ConsentStatus.Subscribed, false, SkipReason.None)]
    [TestCase("sms", ConsentStatus.Unsubscribed, false, SkipReason.NoConsent)]
    [TestCase("sms", ConsentStatus.Unsubscribed, true, SkipReason.None)]
    [TestCase("sms", ConsentStatus.Suppressed, true, SkipReason.Suppressed)]
    public void Message_ByConsent(string channel, ConsentStatus? status, bool transactional, SkipReason expected)
    {
        var history = new ListHistory();
        if (status is { } said)
        {
            history.Said(channel, said, Yesterday);
        }

        Step step = channel == "email"
            ? Some.Email("m") with { Transactional = transactional }
            : new SendSmsStep { Id = "m", Status = StepStatus.Live, Body = "Hi", Transactional = transactional };
        var next = Next(Some.Flow("f", new MetricTrigger("A"), step), Standing(), new TestFacts(history) { Addresses = Reachable });
        Assert.That(next.Reason, Is.EqualTo(expected));
    }

    [Test]
    public void Message_ConsentOfLater_DoesNotCountYet()
    {
        var history = new ListHistory().Said("email", ConsentStatus.Unsubscribed, Now.PlusMs(1));
        var facts = new TestFacts(history) { Addresses = Reachable };
        Assert.That(Next(Some.Flow("f", new MetricTrigger("A"), Some.Email("m")), Standing(), facts).Kind, Is.EqualTo(DecisionKind.Send));
    }

    [Test]
    public void Message_NoAddressFilterTemplate_SkipsWithTheReason()
    {
        var flow = Some.Flow("f", new MetricTrigger("A"), Some.Email("m"));
        Assert.That(Next(flow, Standing(), new TestFacts(new ListHistory())).Reason, Is.EqualTo(SkipReason.NoAddress));

        var filtered = Some.Flow("f", new MetricTrigger("A"), Some.Email("m") with { AdditionalFilter = Some.PropertyIs("a", "b") });
        var facts = new TestFacts(new ListHistory()) { Addresses = Reachable };
        Assert.That(Next(filtered, Standing(), facts).Reason, Is.EqualTo(SkipReason.MessageFilterFailed));

        var broken = Some.Flow("f", new MetricTrigger("A"), Some.Email("m", body: "{{ 1 | divided_by: person.first_name }}"));
        var named = new TestFacts(new ListHistory().Has("first_name", "Ada")) { Addresses = Reachable };
        var next = Next(broken, Standing(), named);
        Assert.That((next.Reason, next.Detail), Is.EqualTo((SkipReason.TemplateError, "template, line 1, column 8: a number is divided by zero")));
    }

    [Test]
    public void Update_WritesAtTheInstant()
    {
        var step = new UpdateProfileStep
        {
            Id = "u",
            Status = StepStatus.Live,
            Operations =
            [
                new(ProfileOperationKind.AddToList, "tags", "a"),
                new(ProfileOperationKind.AddToList, "tags", "b"),
                new(ProfileOperationKind.AddToList, "tags", "b"),
                new(ProfileOperationKind.RemoveFromList, "tags", "old"),
                new(ProfileOperationKind.SetToday, "day"),
                new(ProfileOperationKind.Delete, "gone"),
            ],
        };
        var history = new ListHistory().Has("tags", new PropertyValue[] { "old", "a" });
        var zone = AccountZone.Of("Pacific/Auckland");
        _ = Next(Some.Flow("f", new MetricTrigger("A"), step), Standing(), new TestFacts(history) { Zone = zone }, out var write);
        var written = (ProfileWrite)write!;
        Assert.That(written.Time, Is.EqualTo(Now));
        Assert.That(written.Properties["tags"], Is.EqualTo((PropertyValue)new PropertyValue[] { "a", "b" }));
        Assert.That(written.Properties["day"], Is.EqualTo((PropertyValue)"2026-03-02"));
        Assert.That(written.Properties.TryGetValue("gone", out var gone) && gone.IsNull, Is.True);
    }

    [Test]
    public void TriggerSplit_ByTheEvent()
    {
        var split = new TriggerSplitStep
        {
            Id = "s",
            TriggerId = "A",
            Filter = Some.EventIs("A", "Brand", "Acme"),
            NextIfTrue = "yes",
            NextIfFalse = "no",
        };
        var flow = Some.Flow("f", new MetricTrigger("A"), split, Some.Email("yes"), Some.Email("no"));
        var trigger = new TriggerEvent("A", new EventRow(Now, double.NaN, new EventId(1)), new PropertyMap { ["Brand"] = "Acme" });
        Assert.That(Next(flow, Standing(), new TestFacts(new ListHistory()) { Trigger = trigger }).To, Is.EqualTo(1));
        Assert.That(Next(flow, Standing(), new TestFacts(new ListHistory())).To, Is.EqualTo(2));
    }

    private static Run Triggered() => Run.Of(new Transition
    {
        Kind = DecisionKind.Trigger,
        Slot = 0,
        Run = 1,
        Seq = 1,
        At = Now,
        Due = Now,
    }, plan: 0);

    private static Run Standing(Instant? entered = null) => Triggered() with
    {
        Step = 0,
        Status = RunStatus.Ready,
        EnteredMs = (entered ?? Now).UnixMs,
    };

    private static Transition Next(FlowDefinition flow, in Run run, IFlowFacts facts) => Next(flow, run, facts, out _);

    private static Transition Next(FlowDefinition flow, in Run run, IFlowFacts facts, out CustomerWrite? write)
    {
        var version = FlowVersion.Of(flow, 1, new Dictionary<string, string>(), lenient: false);
        return FlowInterpreter.Next(version, run, null, facts, Now, out write)!.Value;
    }
}
