using Klaviyo.Json;

namespace Klaviyo.Tests.Core.Segments;

// The fluent form makes the same definitions as JSON.
public sealed class WhenTests
{
    private static readonly (Condition Said, string Json)[] Sentences =
    [
        (When.Property("location['city']").Is("New York") & When.Did("Placed Order").Sum().MoreThan(1000).InTheLast(30, TimeUnit.Day),
            """{"and":[{"type":"profile-property","property":"location['city']","filter":{"type":"string","operator":"equals","value":"New York"}},{"type":"profile-metric","metric_id":"Placed Order","measurement":"sum","measurement_filter":{"type":"numeric","operator":"greater-than","value":1000},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":30}}]}"""),
        (When.Did("a") & When.DidNot("b") & When.Did("c"),
            """{"and":[METRIC(a,greater-than-or-equal,1),METRIC(b,equals,0),METRIC(c,greater-than-or-equal,1)]}"""),
        (When.In("vip", "staff") | !When.CanReceive("sms") | When.Sampled(10, "x"),
            """{"or":[{"type":"profile-group-membership","is_member":true,"group_ids":["vip","staff"]},{"not":{"type":"profile-marketing-consent","consent":{"channel":"sms","can_receive_marketing":true,"consent_status":{"subscription":"any"}}}},{"type":"profile-sample","percentage":10,"salt":"x"}]}"""),
        (When.Did("m").Where("Country").IsOneOf("FR", "ES").Where("$value").AtLeast(5).Times().Between(2, 4).AtLeastAgo(1, TimeUnit.Month),
            """{"type":"profile-metric","metric_id":"m","measurement":"count","measurement_filter":{"type":"numeric","operator":"between","start":2,"end":4},"timeframe_filter":{"type":"date","operator":"at-least","unit":"month","quantity":1},"metric_filters":[{"property":"Country","filter":{"type":"string","operator":"in","value":["FR","ES"]}},{"property":"$value","filter":{"type":"numeric","operator":"greater-than-or-equal","value":5}}]}"""),
        (When.Did("m").Of("distinct:Country").AtMost(3).Between(Instant.Parse("2026-01-01"), Instant.Parse("2027-01-01")),
            """{"type":"profile-metric","metric_id":"m","measurement":"distinct:Country","measurement_filter":{"type":"numeric","operator":"less-than-or-equal","value":3},"timeframe_filter":{"type":"date","operator":"between-static","start":"2026-01-01","end":"2027-01-01"}}"""),
        (When.Did("m").InTheLast(2, TimeUnit.Week).Aggregate("last:due").InTheNext(7, TimeUnit.Day),
            """{"type":"aggregate","metric_id":"m","measurement":"last:due","filter":{"type":"date","operator":"in-the-next","unit":"day","quantity":7},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"week","quantity":2}}"""),
        (When.DidFirst("m").Where("x").IsSet().During(new CalendarUnitDateFilter(false, TimeUnit.Month)),
            """{"type":"first-time","metric_id":"m","timeframe_filter":{"type":"date","operator":"this-calendar","unit":"month"},"metric_filters":[{"property":"x","filter":{"type":"existence","operator":"is-set"}}]}"""),
        (When.Latest("m").Has("plan").IsNot("free"),
            """{"type":"last-metric","metric_id":"m","metric_filters":[{"property":"plan","filter":{"type":"string","operator":"not-equals","value":"free"}}]}"""),
        (When.DidRegularly("m", 3, TimeUnit.Month), """{"type":"regularly","metric_id":"m","quantity":3,"unit":"month"}"""),
        (When.Stopped("m", 90, TimeUnit.Day) with { Times = 3 }, """{"type":"stopped","metric_id":"m","quantity":90,"unit":"day","times":3}"""),
        (When.Restarted("m", 6, TimeUnit.Month).InTheLast(1, TimeUnit.Week),
            """{"type":"restarted","metric_id":"m","gap":{"quantity":6,"unit":"month"},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"week","quantity":1}}"""),
        (When.First("a").Then("b").Where("n").MoreThan(1).WithinOfFirst(1, TimeUnit.Day).ThenNot("c").Within(3, TimeUnit.Hour).OfTheSame("cart").InTheLast(9, TimeUnit.Day),
            """{"type":"sequence","key":"cart","timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":9},"steps":[{"metric_id":"a"},{"metric_id":"b","within":{"quantity":1,"unit":"day","of":"first"},"metric_filters":[{"property":"n","filter":{"type":"numeric","operator":"greater-than","value":1}}]},{"metric_id":"c","happened":false,"within":{"quantity":3,"unit":"hour"}}]}"""),
        (When.Property("status").Is("trial").ForAtLeast(7, TimeUnit.Day),
            """{"type":"profile-property","property":"status","filter":{"type":"string","operator":"equals","value":"trial"},"has_been":{"operator":"at-least","quantity":7,"unit":"day"}}"""),
        (When.Property("active").Is(true) & When.Property("age").IsNot(5) & When.Property("tags").HasItem("x") & When.Property("mail").Matches("@x$"),
            """{"and":[PROPERTY(active,{"type":"boolean","operator":"equals","value":true}),PROPERTY(age,{"type":"numeric","operator":"not-equals","value":5}),PROPERTY(tags,{"type":"list","operator":"contains","value":"x"}),PROPERTY(mail,{"type":"string","operator":"regex","value":"@x$"})]}"""),
        (When.AnyOf("account", When.Property("plan").Is("pro")) with { Relation = "member" },
            """{"type":"related-objects","object_type":"account","relation":"member","quantifier":"any","where":PROPERTY(plan,{"type":"string","operator":"equals","value":"pro"})}"""),
        (When.CountOf("pet", When.Did("Vaccinated")).AtLeast(2),
            """{"type":"related-objects","object_type":"pet","quantifier":"count","filter":{"type":"numeric","operator":"greater-than-or-equal","value":2},"where":METRIC(Vaccinated,greater-than-or-equal,1)}"""),
        (When.Near(new GeoPoint(47.37, 8.54), 10, DistanceUnit.Miles) & !When.InRegion(Region.UnitedStates),
            """{"and":[{"type":"geo","circle":{"latitude":47.37,"longitude":8.54,"radius":10,"unit":"miles"}},{"not":{"type":"profile-region","in_region":true,"region":"united_states"}}]}"""),
    ];

    [TestCaseSource(nameof(Numbers))]
    public void Sentence_IsTheDefinitionThatTheJsonGives(int number)
    {
        var (said, json) = Sentences[number];
        Assert.That(said, Is.EqualTo(SegmentJson.Parse(Whole(json)).Root));
        Assert.That(SegmentJson.Parse(SegmentJson.Write(said)).Root, Is.EqualTo(said));
    }

    [Test]
    public void Is_ValueThatNoFilterTakes_IsRefused() =>
        Assert.That(() => When.Property("x").Is(PropertyValue.Null), Throws.ArgumentException);

    private static IEnumerable<int> Numbers() => Enumerable.Range(0, Sentences.Length);

    // METRIC(name,operator,number) and PROPERTY(name,filter) are short for whole conditions.
    private static string Whole(string json)
    {
        json = System.Text.RegularExpressions.Regex.Replace(
            json,
            @"METRIC\((\w+),([\w-]+),(\d)\)",
            """{"type":"profile-metric","metric_id":"$1","measurement":"count","measurement_filter":{"type":"numeric","operator":"$2","value":$3},"timeframe_filter":{"type":"date","operator":"alltime"}}""");
        return System.Text.RegularExpressions.Regex.Replace(
            json, @"PROPERTY\((\w+),(\{[^}]*\})\)", """{"type":"profile-property","property":"$1","filter":$2}""");
    }
}
