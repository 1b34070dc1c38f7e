using static Klaviyo.Tests.Cases.SegmentCase;

namespace Klaviyo.Tests.Cases;

// The rules of other segment engines, as their documents and tests have them, said in our grammar over persons of our own. Where an
// engine has a rule that is not ours the case says why, and expects what the contract says.
internal static class EngineSegmentCases
{
    private const string Week = """{"type":"date","operator":"in-the-last","quantity":1,"unit":"week"}""";
    private const string TwoWeeks = """{"type":"date","operator":"in-the-last","quantity":2,"unit":"week"}""";
    private const string WeekBefore = """{"type":"date","operator":"between","start":1,"end":2,"unit":"week"}""";
    private const string TwoWeeksAgo = """{"type":"date","operator":"at-least","quantity":2,"unit":"week"}""";

    private const string StoppedInTheWeek = """{"type":"stopped","metric_id":"View","quantity":1,"unit":"week","in_each_of":1}""";
    private const string EachOfThree = """{"type":"regularly","metric_id":"View","times":1,"quantity":3,"unit":"day"}""";
    private const string TwiceInEachOfThree = """{"type":"regularly","metric_id":"View","times":2,"quantity":3,"unit":"day"}""";
    private const string FirstTime = """{"type":"first-time","metric_id":"View","timeframe_filter":{"type":"date","operator":"in-the-last","quantity":2,"unit":"week"}}""";

    private const string ViewThenBuy = """
        {"type":"sequence","timeframe_filter":{"type":"date","operator":"in-the-last","quantity":1,"unit":"week"},
         "steps":[{"metric_id":"View"},{"metric_id":"Buy","within":{"quantity":3,"unit":"day"}}]}
        """;

    private static string Restarted => All(Metric("View", "greater-than", 0, Week), Metric("View", "equals", 0, WeekBefore), Metric("View", "greater-than", 0, TwoWeeksAgo));

    private static string Empty(string name) => Any(Property(name, NotSet), Property(name, Text("equals", "")));

    internal static IEnumerable<SegmentCase> Cases() =>
        [.. PostHog(), .. Mautic(), .. CustomerIo(), .. Unomi(), .. Braze(), .. Twilio(), .. Dittofeed()];

    // Cohorts over events: performed, how often, for the first time, stopped, restarted, regularly, in sequence.
    private static IEnumerable<SegmentCase> PostHog() =>
    [
        new("PostHog: performed an event in the last week", true, Metric("View", "greater-than", 0, Week), Did("View", "-2d")),
        new("PostHog: performed it nine days ago", false, Metric("View", "greater-than", 0, Week), Did("View", "-9d")),
        new("PostHog: performed with a property since a date", true,
            Metric("View", "greater-than", 0, Day("after", "2026-11-20"), Where("path", Text("equals", "/a"))),
            Did("View", "-2d", null, new() { ["path"] = "/a" })),
        new("PostHog: the property on an older event, another on a newer one", false,
            Metric("View", "greater-than", 0, Day("after", "2026-11-20"), Where("path", Text("equals", "/a"))),
            Did("View", "-2d"), Did("View", "-5d", null, new() { ["path"] = "/a" })),
        new("PostHog: at least twice in the last week", true, Metric("View", "greater-than-or-equal", 2, Week), Did("View", "-2d"), Did("View", "-4d")),
        new("PostHog: at least twice, one of them before", false, Metric("View", "greater-than-or-equal", 2, Week), Did("View", "-2d"), Did("View", "-8d")),
        new("PostHog: exactly twice with a property", true, Metric("View", "equals", 2, Week, Where("path", Text("equals", "/a"))),
            Did("View", "-2d", null, new() { ["path"] = "/a" }), Did("View", "-3d", null, new() { ["path"] = "/a" }), Did("View", "-3d")),
        new("PostHog: at most once, once", true, Metric("View", "less-than-or-equal", 1, Week), Did("View", "-2d")),
        new("PostHog: at most once, twice", false, Metric("View", "less-than-or-equal", 1, Week), Did("View", "-2d"), Did("View", "-2d")),
        new("PostHog: at most once, never", true, Metric("View", "less-than-or-equal", 1, Week), Has("plan", "pro"))
            { Differs = "leaves out those who never did it; here zero is at most one" },
        new("PostHog: for the first time in two weeks", true, FirstTime, Did("View", "-2d"), Did("View", "-1d")),
        new("PostHog: not for the first time", false, FirstTime, Did("View", "-21d"), Did("View", "-1d")),
        new("PostHog: stopped: in the week before, not in this one", true, StoppedInTheWeek, Did("View", "-10d")),
        new("PostHog: stopped: also in this one", false, StoppedInTheWeek, Did("View", "-10d"), Did("View", "-3d")),
        new("PostHog: stopped: longer ago", false, StoppedInTheWeek, Did("View", "-20d")),
        new("PostHog: stopped: never began", false, StoppedInTheWeek, Has("plan", "pro")),
        new("PostHog: restarted: before, not in the week before, in this one", true, Restarted, Did("View", "-20d"), Did("View", "-3d")),
        new("PostHog: restarted: went on all the time", false, Restarted, Did("View", "-20d"), Did("View", "-10d"), Did("View", "-3d")),
        new("PostHog: restarted: the first time ever", false, Restarted, Did("View", "-3d")),
        new("PostHog: regularly: in each of three days", true, EachOfThree, Did("View", "-1h"), Did("View", "-25h"), Did("View", "-49h")),
        new("PostHog: regularly: one day is missing", false, EachOfThree, Did("View", "-1h"), Did("View", "-2h"), Did("View", "-49h")),
        new("PostHog: regularly: twice in each", true, TwiceInEachOfThree,
            Did("View", "-1h"), Did("View", "-2h"), Did("View", "-25h"), Did("View", "-26h"), Did("View", "-49h"), Did("View", "-50h")),
        new("PostHog: regularly: once in one of them", false, TwiceInEachOfThree,
            Did("View", "-1h"), Did("View", "-2h"), Did("View", "-25h"), Did("View", "-49h"), Did("View", "-50h")),
        new("PostHog: sequence within three days", true, ViewThenBuy, Did("View", "-5d"), Did("Buy", "-3d")),
        new("PostHog: sequence the other way round", false, ViewThenBuy, Did("Buy", "-5d"), Did("View", "-3d")),
        new("PostHog: sequence too late", false, ViewThenBuy, Did("View", "-6d"), Did("Buy", "-2d")),
        new("PostHog: sequence that began before the window", false, ViewThenBuy, Did("View", "-8d"), Did("Buy", "-6d")),
        new("PostHog: performed one and not another", true, All(Metric("View", "greater-than", 0, Week), Not(Metric("Buy", "greater-than", 0, Week))), Did("View", "-2d"), Did("Buy", "-9d")),
        new("PostHog: a property that is not set", true, Property("name", NotSet), Has("other", 1)),
        new("PostHog: icontains", true, Property("email2", Text("icontains", "EXAMPLE")), Has("email2", "a@example.com")),
        new("PostHog: a static cohort and a property", true, All(In(true, "static"), Property("plan", Text("equals", "pro"))), On("static"), Has("plan", "pro")),
        new("PostHog: in a cohort or performed", true, Any(In(true, "static"), Metric("View", "greater-than", 0, Week)), Did("View", "-1d")),
    ];

    // Fields: empty is nothing or "", negative operators hold for empty fields, text folds case.
    private static IEnumerable<SegmentCase> Mautic() =>
    [
        new("Mautic: empty, no value", true, Empty("company"), Has("other", 1)),
        new("Mautic: empty, an empty string", true, Empty("company"), Has("company", "")),
        new("Mautic: not empty", true, Not(Empty("company")), Has("company", "Acme")),
        new("Mautic: not equal, no value", true, Property("company", Text("not-equals", "Acme")), Has("other", 1)),
        new("Mautic: not in, no value", true, Property("country", OneOf("not-in", "US", "CA")), Has("other", 1)),
        new("Mautic: starts with, another case", true, Property("company", Text("istarts-with", "aC")), Has("company", "ACME")),
        new("Mautic: ends with, another case", true, Property("company", Text("iends-with", "ME")), Has("company", "acme")),
        new("Mautic: not contains", true, Property("company", Text("not-contains", "cm")), Has("company", "Umbrella")),
        new("Mautic: not contains, no value", true, Property("company", Text("not-contains", "cm")), Has("other", 1)),
        new("Mautic: between, both ends count", true, All(Property("points", Between(5, 10)), Property("score", Between(5, 10))), Has("points", 5), Has("score", 10)),
        new("Mautic: not between is less or more", true, Not(Property("points", Between(5, 10))), Has("points", 11)),
        new("Mautic: regexp", true, Property("zip", Text("regex", "^8[0-9]{3}$")), Has("zip", "8001")),
        new("Mautic: not regexp, no value", true, Property("zip", Text("nregex", "^8")), Has("other", 1)),
        new("Mautic: a date that is today", true, Property("joined", Calendar("this-calendar", "day")), Has("joined", "2026-11-23T23:59:59Z")),
        new("Mautic: a date that is yesterday", true, Property("joined", Calendar("last-calendar", "day")), Has("joined", "2026-11-22T00:00:00Z")),
        new("Mautic: last week begins on Monday", true, Property("joined", Calendar("last-calendar", "week")), Has("joined", "2026-11-16")),
        new("Mautic: the Sunday before that", false, Property("joined", Calendar("last-calendar", "week")), Has("joined", "2026-11-15")),
        new("Mautic: this month", true, Property("joined", Calendar("this-calendar", "month")), Has("joined", "2026-11-30")),
        new("Mautic: last year", true, Property("joined", Calendar("last-calendar", "year")), Has("joined", "2025-12-31T23:59:59.999Z")),
        new("Mautic: anniversary", true, Property("born", Date("anniversary")), Has("born", "1990-11-23")),
        new("Mautic: anniversary of the day before", false, Property("born", Date("anniversary")), Has("born", "1990-11-22")),
        new("Mautic: one of several choices", true, Property("likes", OfList("contains-any", """["tea","mate"]""")), Has("likes", List("tea", "coffee"))),
        new("Mautic: none of several choices", true, Property("likes", OfList("not-contains-any", """["mate","cola"]""")), Has("likes", List("tea"))),
        new("Mautic: segment membership", true, In(true, "newsletter"), On("newsletter")),
        new("Mautic: not a member any more", true, In(false, "newsletter"), On("newsletter", "-9d"), On("newsletter", "-3d", member: false)),
        new("Mautic: points greater than text that looks like a number", false, Property("points", Number("greater-than", 5)), Has("points", "10"))
            { Differs = "its columns are numbers, so text becomes one" },
    ];

    // Attributes and timestamps: what is missing is not equal, has not happened, is in no past.
    private static IEnumerable<SegmentCase> CustomerIo() =>
    [
        new("Customer.io: is not equal to, missing", true, Property("plan", Text("not-equals", "pro")), Has("other", 1)),
        new("Customer.io: exists", true, Property("plan", IsSet), Has("plan", "free")),
        new("Customer.io: exists, empty", true, Property("plan", IsSet), Has("plan", "")) { Differs = "an empty attribute does not exist there" },
        new("Customer.io: does not exist once it was cleared", true, Property("plan", NotSet), Has("plan", "free"), Has("plan", PropertyValue.Null, "-1d")),
        new("Customer.io: a timestamp within the past week", true, Property("last_login", Date("in-the-last", 7, "day")), Has("last_login", "2026-11-17")),
        new("Customer.io: a timestamp more than a week ago", true, Property("last_login", Date("at-least", 7, "day")), Has("last_login", "2026-11-01")),
        new("Customer.io: a timestamp within the next three days", true, Property("renews", Date("in-the-next", 3, "day")), Has("renews", "2026-11-25")),
        new("Customer.io: a timestamp that is missing is in no past", false, Property("last_login", Date("at-least", 7, "day")), Has("other", 1)),
        new("Customer.io: a text that is no date", false, Property("last_login", Date("at-least", 7, "day")), Has("last_login", "long ago")),
        new("Customer.io: seconds since 1970 as a number", false, Property("last_login", Date("at-least", 7, "day")), Has("last_login", 1_700_000_000))
            { Differs = "its timestamps are such numbers; here a date is an instant or ISO 8601" },
        new("Customer.io: performed with a property", true, Metric("bought", "greater-than-or-equal", 1, Week, Where("sku", Text("equals", "a"))), Did("bought", "-6d", null, new() { ["sku"] = "a" })),
        new("Customer.io: not performed within 30 days, performed before", true, Metric("bought", "equals", 0, Date("in-the-last", 30, "day")), Did("bought", "-31d")),
        new("Customer.io: not performed within 30 days, never", true, Metric("bought", "equals", 0, Date("in-the-last", 30, "day")), Has("other", 1)),
        new("Customer.io: in one segment and not in another", true, All(In(true, "a"), In(false, "b")), On("a")),
        new("Customer.io: at least one of, within all of", true, All(Any(Property("a", IsSet), Property("b", IsSet)), Property("c", IsSet)), Has("b", 1), Has("c", 1)),
    ];

    // Comparison of profile properties: numbers, text, lists of values, days, segments.
    private static IEnumerable<SegmentCase> Unomi() =>
    [
        new("Unomi: both of and", true, All(Property("gender", Text("equals", "female")), Property("age", Number("equals", 30))), Has("gender", "female"), Has("age", 30)),
        new("Unomi: one of and", false, All(Property("gender", Text("equals", "female")), Property("age", Number("equals", 40))), Has("gender", "female"), Has("age", 30)),
        new("Unomi: the other of or", true, Any(Property("gender", Text("equals", "male")), Property("age", Number("equals", 30))), Has("gender", "female"), Has("age", 30)),
        new("Unomi: not", false, Not(Property("age", Number("equals", 30))), Has("age", 30)),
        new("Unomi: a missing property is in no list", true, Property("nothing", OneOf("not-in", "25", "30")), Has("age", 30)),
        new("Unomi: a missing property is not equal", true, Property("nothing", Number("not-equals", 1)), Has("age", 30)),
        new("Unomi: a fraction", true, Property("stats", Number("greater-than-or-equal", 0.15)), Has("stats", 0.15)),
        new("Unomi: a fraction in between", true, All(Property("stats", Number("greater-than", 0.13)), Property("stats", Number("less-than", 0.17))), Has("stats", 0.15)),
        new("Unomi: exists and missing", true, All(Property("gender", IsSet), Property("unknown", NotSet)), Has("gender", "female")),
        new("Unomi: regex over the whole text", true, Property("gender", Text("regex", "^.*ale$")), Has("gender", "female")),
        new("Unomi: on a day", true, Property("visit", Days("2015-02-01", "2015-02-02")), Has("visit", "2015-02-01T20:30:00Z")),
        new("Unomi: not on the day after", true, Not(Property("visit", Days("2015-02-02", "2015-02-03"))), Has("visit", "2015-02-01T20:30:00Z")),
        new("Unomi: in any of some segments", true, In(true, "s10", "s20", "s2"), On("s1"), On("s2")),
        new("Unomi: in none of some segments", true, In(false, "s10", "s20", "s30"), On("s1"), On("s2")),
        new("Unomi: in none of them, but in one", false, In(false, "s10", "s2"), On("s1"), On("s2")),
        new("Unomi: in all of some segments", true, All(In(true, "s1"), In(true, "s2")), On("s1"), On("s2")),
        new("Unomi: in all of them but one", false, All(In(true, "s1"), In(true, "s5")), On("s1"), On("s2")),
        new("Unomi: has all of some values, one value that is no list", false, Property("gender", OfList("contains-all", """["female"]""")), Has("gender", "female"))
            { Differs = "takes one value for a list of one" },
        new("Unomi: has some of", true, Property("tags", OfList("contains-any", """["x","b"]""")), Has("tags", List("a", "b"))),
        new("Unomi: has none of, no list", true, Property("tags", OfList("not-contains-any", """["x"]""")), Has("other", 1)),
        new("Unomi: a past event, often enough in so many days", true, All(Metric("view", "greater-than-or-equal", 2, Date("in-the-last", 5, "day")), Metric("view", "less-than-or-equal", 4, Date("in-the-last", 5, "day"))), Did("view", "-1d"), Did("view", "-4d"), Did("view", "-6d")),
    ];

    // Attributes, arrays, the first and the last time of something.
    private static IEnumerable<SegmentCase> Braze() =>
    [
        new("Braze: an array includes a value", true, Property("sizes", OfList("contains", "\"M\"")), Has("sizes", List("S", "M"))),
        new("Braze: an array does not include a value, blank", true, Property("sizes", OfList("not-contains", "\"M\"")), Has("other", 1)),
        new("Braze: is blank", true, Property("color", NotSet), Has("other", 1)),
        new("Braze: is not blank", false, Property("color", IsSet), Has("other", 1)),
        new("Braze: last did it more than 30 days ago", true, All(Metric("bought", "greater-than", 0), Metric("bought", "equals", 0, Date("in-the-last", 30, "day"))), Did("bought", "-40d")),
        new("Braze: last did it more than 30 days ago, never", false, All(Metric("bought", "greater-than", 0), Metric("bought", "equals", 0, Date("in-the-last", 30, "day"))), Has("other", 1)),
        new("Braze: first did it less than 10 days ago", true, """{"type":"first-time","metric_id":"bought","timeframe_filter":{"type":"date","operator":"in-the-last","quantity":10,"unit":"day"}}""", Did("bought", "-3d"), Did("bought", "-1d")),
        new("Braze: money spent over all time", true, Metric("bought", "greater-than", 100, null, null, "sum"), Did("bought", "-300d", 60), Did("bought", "-1d", 60)),
        new("Braze: money spent on one product", false, Metric("bought", "greater-than", 100, null, Where("sku", Text("equals", "a")), "sum"), Did("bought", "-300d", 60, new() { ["sku"] = "a" }), Did("bought", "-1d", 60)),
        new("Braze: a property of an event, so often in so many days", true, Metric("played", "greater-than", 1, Date("in-the-last", 30, "day"), Where("minutes", Number("greater-than", 10))), Did("played", "-2d", null, new() { ["minutes"] = 11 }), Did("played", "-3d", null, new() { ["minutes"] = 12 }), Did("played", "-3d", null, new() { ["minutes"] = 10 })),
        new("Braze: a nested attribute", true, Property("best.game.score", Number("greater-than", 9)), Has("best", new PropertyMap { ["game"] = new PropertyMap { ["score"] = 10 } })),
        new("Braze: birthday in the next seven days, over the new year", true, Property("born", Date("anniversary-next", 7, "day")), Has("born", "1990-01-02")) { At = "2026-12-30T12:00:00Z" },
    ];

    // Audiences and traits that are made of events.
    private static IEnumerable<SegmentCase> Twilio() =>
    [
        new("Segment: an event exactly zero times", true, Metric("Order Completed", "equals", 0), Has("other", 1)),
        new("Segment: at least once, and its property", true, Metric("Order Completed", "greater-than-or-equal", 1, TwoWeeks, Where("$value", Number("greater-than", 50))), Did("Order Completed", "-13d", 51)),
        new("Segment: the last value of a property", true, """{"type":"aggregate","metric_id":"Order Completed","measurement":"last:coupon","filter":{"type":"string","operator":"equals","value":"B"}}""", Did("Order Completed", "-1d", null, new() { ["coupon"] = "B" }), Did("Order Completed", "-2d", null, new() { ["coupon"] = "A" })),
        new("Segment: the first value of a property", true, """{"type":"aggregate","metric_id":"Order Completed","measurement":"first:coupon","filter":{"type":"string","operator":"equals","value":"A"}}""", Did("Order Completed", "-1d", null, new() { ["coupon"] = "B" }), Did("Order Completed", "-2d", null, new() { ["coupon"] = "A" })),
        new("Segment: the sum of a property", true, Metric("Order Completed", "equals", 5, null, null, "sum:items"), Did("Order Completed", "-1d", null, new() { ["items"] = 2 }), Did("Order Completed", "-2d", null, new() { ["items"] = 3 })),
        new("Segment: the count of different values", true, Metric("Viewed", "equals", 2, null, null, "distinct:sku"), Did("Viewed", "-1d", null, new() { ["sku"] = "a" }), Did("Viewed", "-2d", null, new() { ["sku"] = "b" }), Did("Viewed", "-3d", null, new() { ["sku"] = "a" })),
        new("Segment: the mean", true, Metric("Order Completed", "equals", 20, null, null, "avg"), Did("Order Completed", "-1d", 10), Did("Order Completed", "-2d", 30)),
        new("Segment: viewed, then did not buy", true, """{"type":"sequence","steps":[{"metric_id":"Viewed"},{"metric_id":"Bought","happened":false,"within":{"quantity":2,"unit":"day"}}]}""", Did("Viewed", "-3d"), Did("Bought", "-12h")),
        new("Segment: viewed, and bought in time", false, """{"type":"sequence","steps":[{"metric_id":"Viewed"},{"metric_id":"Bought","happened":false,"within":{"quantity":2,"unit":"day"}}]}""", Did("Viewed", "-3d"), Did("Bought", "-2d")),
        new("Segment: a trait of a list", true, Property("categories", OfList("contains-all", """["a","b"]""")), Has("categories", List("b", "c", "a"))),
    ];

    // Traits and events like those of the given cases.
    private static IEnumerable<SegmentCase> Dittofeed() =>
    [
        new("Dittofeed: a trait that was changed back", true, Property("status", Text("equals", "on")), Has("status", "on", "-3d"), Has("status", "off", "-2d"), Has("status", "on", "-1d")),
        new("Dittofeed: an older trait that arrives later", true, Property("status", Text("equals", "new")), Has("status", "new", "-1d"), Has("status", "old", "-2d")),
        new("Dittofeed: has been so long, and equal writes are no break", true, """{"type":"profile-property","property":"status","filter":{"type":"string","operator":"equals","value":"on"},"has_been":{"operator":"at-least","quantity":7,"unit":"day"}}""", Has("status", "on", "-8d"), Has("status", "on", "-2d")),
        new("Dittofeed: has been less than that", true, """{"type":"profile-property","property":"status","filter":{"type":"string","operator":"equals","value":"on"},"has_been":{"operator":"less-than","quantity":7,"unit":"day"}}""", Has("status", "off", "-8d"), Has("status", "on", "-6d")),
        new("Dittofeed: the last event that passes has another property", false, """{"type":"last-metric","metric_id":"Moved","metric_filters":[{"property":"to","filter":{"type":"string","operator":"equals","value":"A"}}]}""", Did("Moved", "-2d", null, new() { ["to"] = "A" }), Did("Moved", "-1d", null, new() { ["to"] = "B" })),
        new("Dittofeed: a nested property of an event", true, Metric("Moved", "greater-than", 0, null, Where("to.city", Text("equals", "Bern"))), Did("Moved", "-1d", null, new() { ["to"] = new PropertyMap { ["city"] = "Bern" } })),
        new("Dittofeed: fewer than once, by someone who is known", true, Metric("Moved", "less-than", 1), Has("other", 1)),
        new("Dittofeed: an empty string is set", true, Property("name", IsSet), Has("name", "")) { Differs = "an empty string does not exist there" },
    ];
}
