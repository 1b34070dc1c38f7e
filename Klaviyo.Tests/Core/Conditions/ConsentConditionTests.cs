using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Conditions;

public sealed class ConsentConditionTests
{
    private const string T = "2026-11-23T12:00:00Z";
    private static readonly Instant Early = Instant.Parse("2026-11-01");
    private static readonly Instant Late = Instant.Parse("2026-11-20");
    private static readonly RelativeDateFilter Week = new(RelativeDateOperator.InTheLast, 1, TimeUnit.Week);

    [Test]
    public void Suppressed_AfterASubscription_IsSubscribedAndOutOfReach()
    {
        var history = new ListHistory().Said("email", ConsentStatus.Subscribed, Early, "form:abc").Said("email", ConsentStatus.Suppressed, Late, "HARD_BOUNCE");
        Assert.That(Cannot(ConsentStatus.Subscribed).Holds(history.At(T)), Is.True);
        Assert.That(Cannot(ConsentStatus.NeverSubscribed).Holds(history.At(T)), Is.False);
        Assert.That(Cannot(null, new ConsentDateFilter(ConsentDate.Bounce, Week)).Holds(history.At(T)), Is.True);
        Assert.That(Cannot(null, new ConsentDateFilter(ConsentDate.InvalidEmail, new ExistenceFilter(true))).Holds(history.At(T)), Is.False);
        Assert.That(Cannot(null, new ConsentDateFilter(ConsentDate.Bounce, Week)).NextBoundary(history.At(T)), Is.EqualTo(Instant.Parse("2026-11-27")));
    }

    [Test]
    public void Suppressed_BeforeANewSubscription_CountsNoLonger()
    {
        var history = new ListHistory().Said("email", ConsentStatus.Suppressed, Early).Said("email", ConsentStatus.Subscribed, Late);
        Assert.That(Cannot(null).Holds(history.At(T)), Is.False);
        Assert.That(Cannot(null).Holds(history.At(Early)), Is.True);
        Assert.That(Cannot(null, new ConsentDateFilter(ConsentDate.ManualSuppression, new ExistenceFilter(true))).Holds(history.At(Early)), Is.True);
    }

    [TestCase("form", null, true)]
    [TestCase("form", "abc", true)]
    [TestCase("form", "def", false)]
    [TestCase("api", null, false)]
    public void Method_HasItsDetailBehindAColon(string method, string? detail, bool expected)
    {
        var history = new ListHistory().Said("sms", ConsentStatus.Subscribed, Early, "form:abc");
        var filter = new ConsentMethodFilter(method, detail is null ? null : new StringFilter(StringOperator.In, detail, "x"));
        var condition = new MarketingConsentCondition { Channel = "sms", CanReceiveMarketing = true, Filters = [filter] };
        Assert.That(condition.Holds(history.At(T)), Is.EqualTo(expected));
    }

    [Test]
    public void Detail_IsReadWhereKlaviyosProfilesHaveIt()
    {
        var marketing = new PropertyMap { ["marketing"] = new PropertyMap { ["double_optin"] = true } };
        var history = new ListHistory().Said("email", ConsentStatus.Subscribed, Early).Has("subscriptions", new PropertyMap { ["email"] = marketing }, Late);
        var condition = new MarketingConsentCondition
        {
            Channel = "email",
            CanReceiveMarketing = true,
            Filters = [new ConsentDetailFilter(ConsentDetail.DoubleOptIn, new BooleanFilter(true))],
        };
        Assert.That(condition.Holds(history.At(T)), Is.True);
        Assert.That(condition.Holds(history.At(Early)), Is.False);
        Assert.That(condition.NextBoundary(history.At(Early)), Is.EqualTo(Late));
        Assert.That(new SegmentDefinition(condition).Dependencies.Properties, Is.EquivalentTo("subscriptions".Split(' ')));
    }

    [TestCase("whatsapp_marketing", null, "ImplicitlyUnreachable,Unreachable")]
    [TestCase("whatsapp_transactional", null, "ImplicitlyReachable,Reachable")]
    [TestCase("whatsapp_marketing", ConsentStatus.Subscribed, "ExplicitlyReachable,Reachable")]
    [TestCase("whatsapp_transactional", ConsentStatus.Unsubscribed, "ExplicitlyUnreachable,Unreachable")]
    [TestCase("whatsapp_transactional", ConsentStatus.Suppressed, "ExplicitlyUnreachable,Unreachable")]
    public void Permissions_WhatWasSaidOrNot(string channel, ConsentStatus? said, string expected)
    {
        var history = new ListHistory();
        if (said is { } status)
        {
            history.Said(channel, status, Early);
        }

        var holding = Enum.GetValues<Reach>().Where(r => new ProfilePermissionsCondition { Channel = channel, Reach = r }.Holds(history.At(T)));
        Assert.That(string.Join(',', holding), Is.EqualTo(expected));
    }

    private static MarketingConsentCondition Cannot(ConsentStatus? subscription, params ReadOnlySpan<ConsentFilter> filters) =>
        new() { Channel = "email", CanReceiveMarketing = false, Subscription = subscription, Filters = ValueList.Create(filters) };
}
