using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Conditions;

public sealed class ProfileMetricConditionTests
{
    private static readonly NumberFilter Never = new(NumberOperator.EqualTo, 0);
    private static readonly NumberFilter Ever = new(NumberOperator.GreaterThan, 0);
    private static readonly RelativeDateFilter LastHour = new(RelativeDateOperator.InTheLast, 1, TimeUnit.Hour);

    // '"Did metric M zero times in the window" is true for every profile without such an event, however young.'
    [Test]
    public void ZeroTimes_WithoutSuchAnEvent_HoldsHoweverYoung()
    {
        var condition = new ProfileMetricCondition { Metric = "Placed Order", Amount = Never, Window = LastHour };
        var born = Instant.Parse("2026-11-23T12:00:00Z");
        var segment = new SegmentDefinition(condition);
        Assert.That(segment.Holds(new ListHistory().Has("x", 1, born).At(born)), Is.True);
    }

    // "At T, an event with time > T does not exist yet"
    [Test]
    public void Count_EventAtT_CountsAndOneAfterDoesNot()
    {
        var at = Instant.Parse("2026-11-23T12:00:00Z");
        var condition = new ProfileMetricCondition { Metric = "m", Amount = Ever, Window = new StaticDateFilter(IsAfter: true, Instant.MinValue) };
        Assert.That(condition.Holds(new ListHistory().Did("m", at).At(at)), Is.True);
        Assert.That(condition.Holds(new ListHistory().Did("m", at.PlusMs(1)).At(at)), Is.False);
        Assert.That(condition.NextBoundary(new ListHistory().Did("m", at.PlusMs(1)).At(at)), Is.EqualTo(at.PlusMs(1)));
    }

    [TestCase("2026-11-23T12:59:59.999Z", true)]
    [TestCase("2026-11-23T13:00:00.000Z", false)]
    public void InTheLastHour_EventAtTwelve_LeavesAtExactlyOne(string at, bool expected)
    {
        var history = new ListHistory().Did("m", "2026-11-23T12:00:00Z");
        var condition = new ProfileMetricCondition { Metric = "m", Amount = Ever, Window = LastHour };
        Assert.That(condition.Holds(history.At(at)), Is.EqualTo(expected));
    }

    [Test]
    public void Sum_EventsWithoutValue_AreNoMoney()
    {
        var history = new ListHistory().Did("m", "2026-11-23T12:00:00Z", 5).Did("m", "2026-11-23T12:00:00Z");
        var condition = new ProfileMetricCondition { Metric = "m", Measure = "sum", Amount = new NumberFilter(NumberOperator.EqualTo, 5) };
        Assert.That(condition.Holds(history.At("2026-11-24")), Is.True);
    }

    // A mean of nothing is no number: no number filter but "not equals" matches it.
    [Test]
    public void Average_WithoutEvents_IsNothing()
    {
        var history = new ListHistory(created: Instant.MinValue);
        Assert.That(Holds(NumberOperator.LessThan), Is.False);
        Assert.That(Holds(NumberOperator.GreaterThanOrEqualTo), Is.False);
        Assert.That(Holds(NumberOperator.NotEqualTo), Is.True);

        bool Holds(NumberOperator op) =>
            new ProfileMetricCondition { Metric = "m", Measure = "avg", Amount = new NumberFilter(op, 5) }.Holds(history.At("2026-11-24"));
    }

    [Test]
    public void MetricFilters_AreAnded_OverPathsAndTheValue()
    {
        var history = new ListHistory()
            .Did("m", "2026-11-01", 10, new() { ["Country"] = "France", ["item"] = new PropertyMap { ["sku"] = "A" } })
            .Did("m", "2026-11-01", 10, new() { ["Country"] = "France" })
            .Did("m", "2026-11-01", 1, new() { ["Country"] = "France", ["item"] = new PropertyMap { ["sku"] = "A" } });
        var condition = new ProfileMetricCondition
        {
            Metric = "m",
            Amount = new NumberFilter(NumberOperator.EqualTo, 1),
            Where =
            [
                new PropertyFilter("Country", new StringFilter(StringOperator.EqualTo, "France")),
                new PropertyFilter("item.sku", new StringFilter(StringOperator.EqualTo, "A")),
                new PropertyFilter("$value", new NumberFilter(NumberOperator.GreaterThan, 5)),
                new PropertyFilter("missing", null),
            ],
        };
        Assert.That(condition.Holds(history.At("2026-11-24")), Is.True);
    }

    [Test]
    public void Explain_NamesTheValueAndTheEventsThatWereEvidence()
    {
        var history = new ListHistory().Did("Placed Order", "2026-11-02", 20).Did("Placed Order", "2026-11-01", 10).Did("Viewed", "2026-11-01");
        var segment = new SegmentDefinition(new AndCondition(
        [
            new ProfileMetricCondition
            {
                Metric = "Placed Order",
                Measure = "sum",
                Amount = new NumberFilter(NumberOperator.GreaterThanOrEqualTo, 30),
                Window = new RelativeDateFilter(RelativeDateOperator.InTheLast, 30, TimeUnit.Day),
            },
            new NotCondition(new GroupMembershipCondition(true, "vip")),
        ]));
        var explanation = segment.Explain(history.At("2026-11-03"));

        Assert.That(explanation.Holds, Is.True);
        Assert.That(explanation.NextFlip, Is.EqualTo(Instant.Parse("2026-12-01")));
        Assert.That(explanation.Parts[0].Condition, Is.EqualTo("sum of 'Placed Order' in the last 30 days is greater than or equal 30"));
        Assert.That(explanation.Parts[0].Value, Is.EqualTo((PropertyValue)30));
        Assert.That(explanation.Parts[0].Evidence.Select(e => e.Value), Is.EqualTo(new double[] { 10, 20 }));
        Assert.That(explanation.Parts[1].Parts[0].Condition, Is.EqualTo("is in 'vip'"));
    }

    [Test]
    public void Dependencies_AreWhatIsRead()
    {
        var dependencies = new SegmentDefinition(new OrCondition(
        [
            new ProfileMetricCondition { Metric = "m", Amount = Ever },
            new LastMetricCondition { Metric = "n" },
            new ProfilePropertyCondition("properties['a']", new ExistenceFilter(true)),
            new HasBeenCondition("b.c", new ExistenceFilter(true), true, new TimeStep(1, TimeUnit.Day)),
            new GroupMembershipCondition(false, "vip"),
            new MarketingConsentCondition { Channel = "sms", CanReceiveMarketing = true },
        ])).Dependencies;
        Assert.That(dependencies.Metrics, Is.EquivalentTo("m n".Split(' ')));
        Assert.That(dependencies.Properties, Is.EquivalentTo("a b b.c".Split(' ')));
        Assert.That(dependencies.Groups, Is.EquivalentTo("vip".Split(' ')));
        Assert.That(dependencies.Channels, Is.EquivalentTo("sms".Split(' ')));
    }
}
