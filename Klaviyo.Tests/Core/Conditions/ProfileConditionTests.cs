using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Conditions;

public sealed class ProfileConditionTests
{
    private const string T = "2026-11-23T12:00:00Z";

    // "a profile property has the value it had at T"
    [Test]
    public void Property_WrittenLater_HasTheValueItHadAtT()
    {
        var history = new ListHistory().Has("plan", "free", "2026-01-01").Has("plan", "paid", "2026-06-01");
        var paid = new ProfilePropertyCondition("plan", new StringFilter(StringOperator.EqualTo, "paid"));
        Assert.That(paid.Holds(history.At("2026-05-31T23:59:59.999Z")), Is.False);
        Assert.That(paid.Holds(history.At("2026-06-01")), Is.True);
        Assert.That(paid.NextBoundary(history.At("2026-03-01")), Is.EqualTo(Instant.Parse("2026-06-01")));
        Assert.That(paid.NextBoundary(history.At("2026-06-01")), Is.Null);
    }

    // "Only profiles created at or before T take part."
    [Test]
    public void Segment_ProfileCreatedLater_DoesNotTakePart()
    {
        var everyone = new SegmentDefinition(new AndCondition([]));
        var history = new ListHistory(created: Instant.Parse(T));
        Assert.That(everyone.Holds(history.At(T)), Is.True);
        Assert.That(everyone.Holds(history.At(Instant.Parse(T).PlusMs(-1))), Is.False);
        Assert.That(everyone.NextFlip(history.At("2026-01-01")), Is.EqualTo(Instant.Parse(T)));
        Assert.That(everyone.Explain(history.At("2026-01-01")).Condition, Is.EqualTo("exists"));
        Assert.That(new OrCondition([]).Holds(history.At(T)), Is.False, "or of nothing is nobody");
    }

    [TestCase(true, "", false)]
    [TestCase(false, "", true)]
    [TestCase(true, "vip", true)]
    [TestCase(true, "other", false)]
    [TestCase(true, "other,vip", true)]
    [TestCase(false, "vip", false)]
    [TestCase(false, "other", true)]
    [TestCase(false, "other,vip", false)]
    public void Membership_InAnyOrInNone(bool isMember, string groups, bool expected)
    {
        var history = new ListHistory().Joined("vip", Instant.Parse("2026-11-01"));
        Assert.That(new GroupMembershipCondition(isMember, groups.Split(',', StringSplitOptions.RemoveEmptyEntries)).Holds(history.At(T)), Is.EqualTo(expected));
    }

    [Test]
    public void Membership_Timeframe_LooksAtWhenThePresentMembershipBegan()
    {
        var week = new RelativeDateFilter(RelativeDateOperator.InTheLast, 1, TimeUnit.Week);
        var condition = new GroupMembershipCondition(true, ["vip"], week);
        var history = new ListHistory()
            .Joined("vip", Instant.Parse("2026-10-01"))
            .Left("vip", Instant.Parse("2026-10-02"))
            .Joined("vip", Instant.Parse("2026-11-20"))
            .Joined("vip", Instant.Parse("2026-11-21"));
        Assert.That(condition.Holds(history.At(T)), Is.True);
        Assert.That(condition.NextBoundary(history.At(T)), Is.EqualTo(Instant.Parse("2026-11-27")));
        Assert.That(condition.Holds(history.At("2026-11-27")), Is.False);
    }

    [TestCase(true, "2026-11-07T23:59:59.999Z", false)]
    [TestCase(true, "2026-11-08T00:00:00.000Z", true)]
    [TestCase(false, "2026-11-07T23:59:59.999Z", true)]
    [TestCase(false, "2026-11-08T00:00:00.000Z", false)]
    [TestCase(true, "2026-11-10T00:00:00.000Z", false)]
    [TestCase(false, "2026-11-10T00:00:00.000Z", false)]
    public void HasBeen_AWeek_CountsFromTheFirstOfEqualWrites(bool atLeast, string at, bool expected)
    {
        var history = new ListHistory()
            .Has("status", "trial", "2026-10-30")
            .Has("status", "onboarding", "2026-11-01")
            .Has("status", "onboarding", "2026-11-05")
            .Has("status", "active", "2026-11-09");
        var onboarding = new StringFilter(StringOperator.EqualTo, "onboarding");
        var condition = new HasBeenCondition("status", onboarding, atLeast, new TimeStep(7, TimeUnit.Day));
        Assert.That(condition.Holds(history.At(at)), Is.EqualTo(expected));
    }

    [Test]
    public void HasBeen_NotSetFromTheBeginning_CountsFromTheCreation()
    {
        var history = new ListHistory(created: Instant.Parse("2026-11-01"));
        var condition = new HasBeenCondition("status", new ExistenceFilter(false), true, new TimeStep(7, TimeUnit.Day));
        Assert.That(condition.Holds(history.At("2026-11-07")), Is.False);
        Assert.That(condition.Holds(history.At("2026-11-08")), Is.True);
    }

    [Test]
    public void LastMetric_LooksAtTheLastOfThoseThatPassWhere()
    {
        var history = new ListHistory()
            .Did("m", "2026-11-01", 1, new() { ["kind"] = "a", ["group"] = "first" })
            .Did("m", "2026-11-02", 1, new() { ["kind"] = "b", ["group"] = "second" })
            .Did("m", "2026-12-01", 1, new() { ["kind"] = "a", ["group"] = "later" });
        Assert.That(Last("a", "first").Holds(history.At(T)), Is.True);
        Assert.That(Last("b", "first").Holds(history.At(T)), Is.False);
        Assert.That(Last("c", "first").Holds(history.At(T)), Is.False);
        Assert.That(Last("a", "first").NextBoundary(history.At(T)), Is.EqualTo(Instant.Parse("2026-12-01")));

        static LastMetricCondition Last(string kind, string group) => new()
        {
            Metric = "m",
            Where = [new PropertyFilter("kind", new StringFilter(StringOperator.EqualTo, kind))],
            Filters = [new PropertyFilter("group", new StringFilter(StringOperator.EqualTo, group))],
        };
    }

    [Test]
    public void MetricProperty_LooksAtTheEventThatStartedTheRun()
    {
        var trigger = new TriggerEvent("Placed Order", new EventRow(Instant.Parse(T), 120, default), new() { ["Country"] = "France" });
        var context = new ListHistory().At(T) with { Trigger = trigger };
        var big = new MetricPropertyCondition("Placed Order", "$value", new NumberFilter(NumberOperator.GreaterThan, 100));
        var notSpain = new StringFilter(StringOperator.NotEqualTo, "Spain");
        Assert.That(big.Holds(context), Is.True);
        Assert.That(big.Holds(new ListHistory().At(T)), Is.False);
        Assert.That(new MetricPropertyCondition("Placed Order", "Country", notSpain).Holds(context), Is.True);
        Assert.That(new MetricPropertyCondition("Viewed", "Country", notSpain).Holds(context), Is.False, "another metric");
    }

    [Test]
    public void RandomSample_IsStableFairAndNested()
    {
        var tenth = new RandomSampleCondition(10, "a");
        var fifth = new RandomSampleCondition(20, "a");
        var other = new RandomSampleCondition(10, "b");
        var histories = Enumerable.Range(0, 20_000).Select(id => new ListHistory(id).At(T)).ToList();
        var inTenth = histories.Where(h => tenth.Holds(h)).ToList();

        Assert.That(inTenth, Has.Count.EqualTo(2000).Within(150));
        Assert.That(inTenth.All(h => fifth.Holds(h)), Is.True);
        Assert.That(inTenth.Count(h => other.Holds(h)), Is.EqualTo(200).Within(60));
        Assert.That(histories.Any(h => new RandomSampleCondition(0).Holds(h)), Is.False);
        Assert.That(histories.All(h => new RandomSampleCondition(100).Holds(h)), Is.True);
        Assert.That(RandomSampleCondition.PositionOf(new ProfileId(42), "a"), Is.EqualTo(32.9377), "the draw is the same for ever");
    }

    [TestCase("email", null, true, false)]
    [TestCase("email", ConsentStatus.Subscribed, true, false)]
    [TestCase("email", ConsentStatus.Unsubscribed, false, true)]
    [TestCase("email", ConsentStatus.Suppressed, false, true)]
    [TestCase("sms", null, false, true)]
    [TestCase("sms", ConsentStatus.Subscribed, true, false)]
    [TestCase("sms", ConsentStatus.Unsubscribed, false, true)]
    public void Consent_EmailIsReachedUnlessDeclined_SmsOnlyWhenSubscribed(string channel, ConsentStatus? said, bool can, bool cannot)
    {
        var history = new ListHistory();
        if (said is { } status)
        {
            history.Said(channel, status, Instant.Parse("2026-11-01"), "form");
        }

        Assert.That(new MarketingConsentCondition { Channel = channel, CanReceiveMarketing = true }.Holds(history.At(T)), Is.EqualTo(can));
        Assert.That(new MarketingConsentCondition { Channel = channel, CanReceiveMarketing = false }.Holds(history.At(T)), Is.EqualTo(cannot));
    }

    [Test]
    public void Consent_MethodAndDate_AreAsked()
    {
        var history = new ListHistory().Said("email", ConsentStatus.Subscribed, Instant.Parse("2026-11-20"), "form");
        var week = new RelativeDateFilter(RelativeDateOperator.InTheLast, 1, TimeUnit.Week);
        var condition = new MarketingConsentCondition
        {
            Channel = "email",
            CanReceiveMarketing = true,
            Subscription = ConsentStatus.Subscribed,
            Filters = [new ConsentMethodFilter("form"), new ConsentDateFilter(ConsentDate.Status, week)],
        };
        Assert.That(condition.Holds(history.At(T)), Is.True);
        Assert.That(condition.NextBoundary(history.At(T)), Is.EqualTo(Instant.Parse("2026-11-27")));
        Assert.That((condition with { Filters = [new ConsentMethodFilter("api")] }).Holds(history.At(T)), Is.False);
        Assert.That((condition with { Subscription = ConsentStatus.NeverSubscribed }).Holds(history.At(T)), Is.False);
    }
}
