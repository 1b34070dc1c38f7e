using static Klaviyo.Tests.Cases.SegmentCase;

namespace Klaviyo.Tests.Cases;

// Where segment engines go wrong: values of the wrong kind, letters that fold, edges of windows, months, zones, nothing at all.
internal static class EdgeSegmentCases
{
    internal static IEnumerable<SegmentCase> Cases() =>
        [.. Kinds(), .. Texts(), .. Lists(), .. Windows(), .. Zones(), .. Counts(), .. Trees()];

    // Nothing is coerced, and a negative operator is the complement whatever the kind.
    private static IEnumerable<SegmentCase> Kinds() =>
    [
        new("text 5 is not the number", false, Property("a", Number("equals", 5)), Has("a", "5")),
        new("text 5 is not equal to the number", true, Property("a", Number("not-equals", 5)), Has("a", "5")),
        new("the number is not the text 5", false, Property("a", Text("equals", "5")), Has("a", 5)),
        new("the number is in no list of texts", true, Property("a", OneOf("not-in", "5")), Has("a", 5)),
        new("text true is not true", false, Property("a", Truth(true)), Has("a", "true")),
        new("true is not the text true", false, Property("a", Text("equals", "true")), Has("a", true)),
        new("1 is not true", false, Property("a", Truth(true)), Has("a", 1)),
        new("a missing value is not false", false, Property("a", Truth(false)), Has("b", 1)),
        new("null clears", true, Property("a", NotSet), Has("a", 1, "-2d"), Has("a", PropertyValue.Null, "-1d")),
        new("null and back again", true, Property("a", IsSet), Has("a", PropertyValue.Null, "-2d"), Has("a", 0, "-1d")),
        new("0 is set", true, Property("a", IsSet), Has("a", 0)),
        new("false is set", true, Property("a", IsSet), Has("a", false)),
        new("an empty text is set", true, Property("a", IsSet), Has("a", "")),
        new("an empty list is set", true, Property("a", IsSet), Has("a", List())),
        new("an empty object is set", true, Property("a", IsSet), Has("a", new PropertyMap())),
        new("minus zero is zero", true, Property("a", Number("equals", 0)), Has("a", -0.0)),
        new("a fraction that binary has not", true, Property("a", Number("equals", 0.1)), Has("a", 0.1)),
        new("a list is greater than nothing", false, Property("a", Number("greater-than", 0)), Has("a", List(5))),
        new("a list contains no text", false, Property("a", Text("contains", "x")), Has("a", List("x"))),
        new("a text is no list", false, Property("a", OfList("contains", "\"x\"")), Has("a", "x")),
        new("a text has no length", false, Property("a", OfList("length-greater-than-or-equal", "0")), Has("a", "xx")),
        new("an object is no text", false, Property("a", Text("contains", "x")), Has("a", new PropertyMap { ["x"] = "x" })),
        new("a number is no date", false, Property("a", Date("at-least", 0, "day")), Has("a", 0)),
        new("the 30th of February is no date", false, Property("a", Date("at-least", 0, "day")), Has("a", "2026-02-30")),
        new("a date in another spelling is none", false, Property("a", Date("at-least", 0, "day")), Has("a", "23/11/2026")),
        new("a date with an offset is an instant", true, Property("a", Date("in-the-last", 1, "hour")), Has("a", "2026-11-23T13:30:00+02:00")),
        new("a value of the future is not there yet", false, Property("a", IsSet), Has("a", 1, "+1ms"), Has("b", 1)),
        new("a value is there from its millisecond on", true, Property("a", IsSet), Has("a", 1, "-0ms")),
        new("names differ by case", false, Property("plan", IsSet), Has("Plan", "pro")),
    ];

    private static IEnumerable<SegmentCase> Texts() =>
    [
        new("equals is of one case", false, Property("a", Text("equals", "abc")), Has("a", "ABC")),
        new("iequals is of any", true, Property("a", Text("iequals", "äÖü")), Has("a", "ÄÖÜ")),
        new("Greek sigma folds, the final one too", true, Property("a", Text("iequals", "ΟΔΟΣ")), Has("a", "οδος")),
        new("Cyrillic folds", true, Property("a", Text("icontains", "МОСК")), Has("a", "москва")),
        new("the Turkish dotted I does not become i", false, Property("a", Text("iequals", "istanbul")), Has("a", "İstanbul")),
        new("the sharp s is no double s", false, Property("a", Text("iequals", "STRASSE")), Has("a", "straße")),
        new("composed and decomposed letters differ", false, Property("a", Text("equals", "é")), Has("a", "e\u0301")),
        new("an emoji of two halves is contained", true, Property("a", Text("contains", "👍")), Has("a", "ok 👍🏽")),
        new("every text contains the empty one", true, Property("a", Text("contains", "")), Has("a", "x")),
        new("a missing text contains nothing", false, Property("a", Text("contains", "")), Has("b", 1)),
        new("a missing text does not start with the empty one", true, Property("a", Text("not-starts-with", "")), Has("b", 1)),
        new("white space counts", false, Property("a", Text("equals", "x")), Has("a", "x ")),
        new("a regular expression is found anywhere", true, Property("a", Text("regex", "b+")), Has("a", "abbc")),
        new("unless it is anchored", false, Property("a", Text("regex", "^b+$")), Has("a", "abbc")),
        new("a dollar sign is also before a last line end", true, Property("a", Text("regex", "c$")), Has("a", "abc\n")),
        new("a dot is no line end", false, Property("a", Text("regex", "a.c")), Has("a", "a\nc")),
        new("an empty regular expression matches any text", true, Property("a", Text("regex", "")), Has("a", "")),
        new("and nothing that is missing", false, Property("a", Text("regex", "")), Has("b", 1)),
        new("one that would go on for ever elsewhere", false, Property("a", Text("regex", "^(a+)+$")), Has("a", new string('a', 5000) + "!")),
        new("in no list at all", false, Property("a", OneOf("in")), Has("a", "x")),
        new("not in no list at all", true, Property("a", OneOf("not-in")), Has("b", 1)),
        new("double negation", true, Not(Not(Property("a", Text("not-equals", "x")))), Has("b", 1)),
        new("not of a negative operator", false, Not(Property("a", Text("not-equals", "x"))), Has("b", 1)),
        new("an identifier is a property", true, Property("external_id", Text("equals", "1")), Has("b", 1)),
    ];

    private static IEnumerable<SegmentCase> Lists() =>
    [
        new("a number among texts", false, Property("a", OfList("contains", "5")), Has("a", List("5"))),
        new("a number among numbers", true, Property("a", OfList("contains", "5")), Has("a", List("x", 5.0))),
        new("null in a list", true, Property("a", OfList("contains", "null")), Has("a", List(PropertyValue.Null))),
        new("all of none", true, Property("a", OfList("contains-all", "[]")), Has("a", List())),
        new("all of none, but no list", false, Property("a", OfList("contains-all", "[]")), Has("b", 1)),
        new("any of none", false, Property("a", OfList("contains-any", "[]")), Has("a", List("x"))),
        new("a list in a list is not looked into", false, Property("a", OfList("contains", "\"x\"")), Has("a", List(List("x")))),
        new("a part of a text in a list", true, Property("a", OfList("contains-substring", "\"ell\"")), Has("a", List(1, "hello"))),
        new("not contains where one does", false, Property("a", OfList("not-contains", "\"x\"")), Has("a", List("y", "x"))),
        new("length of an empty list", true, Property("a", OfList("length-equals", "0")), Has("a", List())),
        new("length of no list", false, Property("a", OfList("length-equals", "0")), Has("b", 1)),
        new("the second of a list", true, Property("a[1]", Text("equals", "y")), Has("a", List("x", "y"))),
        new("behind its end", false, Property("a[2]", IsSet), Has("a", List("x", "y"))),
        new("a field of an object in a list", true, Property("a[0].b", Number("equals", 1)), Has("a", List(new PropertyMap { ["b"] = 1 }))),
        new("a name with a dot comes before the way", true, Property("a.b", Number("equals", 1)), Has("a.b", 1), Has("a", new PropertyMap { ["b"] = 2 })),
    ];

    private static IEnumerable<SegmentCase> Windows() =>
    [
        new("in the last 0 days is nothing", false, Metric("x", "greater-than", 0, Date("in-the-last", 0, "day")), Did("x", "-0ms")),
        new("in the next 0 days is nothing", false, Property("d", Date("in-the-next", 0, "day")), Has("d", "2026-11-23T12:00:00Z")),
        new("at least 0 days ago includes now", true, Property("d", Date("at-least", 0, "day")), Has("d", "2026-11-23T12:00:00Z")),
        new("an event of this millisecond counts", true, Metric("x", "greater-than", 0, Date("in-the-last", 1, "day")), Did("x", "-0ms")),
        new("one of the next does not", false, Metric("x", "greater-than", 0), Did("x", "+1ms"), Has("b", 1)),
        new("exactly as long ago is out", false, Metric("x", "greater-than", 0, Date("in-the-last", 7, "day")), Did("x", "-7d")),
        new("a millisecond less is in", true, Metric("x", "greater-than", 0, Date("in-the-last", 7, "day")), Did("x", "-604799999ms")),
        new("exactly so long ago is at least so long ago", true, Metric("x", "greater-than", 0, Date("at-least", 7, "day")), Did("x", "-7d")),
        new("between: the older edge is out", false, Metric("x", "greater-than", 0, Ago(1, 7, "day")), Did("x", "-7d")),
        new("between: the younger edge is in", true, Metric("x", "greater-than", 0, Ago(1, 7, "day")), Did("x", "-1d")),
        new("between the same is nothing", false, Metric("x", "greater-than", 0, Ago(3, 3, "day")), Did("x", "-3d")),
        new("between two dates: the first is in", true, Metric("x", "greater-than", 0, Days("2026-11-01", "2026-11-02")), Did("x", "2026-11-01T00:00:00Z")),
        new("between two dates: the last is out", false, Metric("x", "greater-than", 0, Days("2026-11-01", "2026-11-02")), Did("x", "2026-11-02T00:00:00Z")),
        new("between two dates in the wrong order is nothing", false, Metric("x", "greater-than", 0, Days("2026-11-02", "2026-11-01")), Did("x", "2026-11-01T12:00:00Z")),
        new("before a date is before it", false, Property("d", Day("before", "2026-11-01")), Has("d", "2026-11-01")),
        new("after a date is after it", false, Property("d", Day("after", "2026-11-01")), Has("d", "2026-11-01")),
        new("a month before 31 March is 28 February", true, Property("d", Date("in-the-last", 1, "month")), Has("d", "2027-02-28T12:00:00.001Z")) { At = "2027-03-31T12:00:00Z" },
        new("and not a moment earlier", false, Property("d", Date("in-the-last", 1, "month")), Has("d", "2027-02-28T12:00:00Z")) { At = "2027-03-31T12:00:00Z" },
        new("a year before 29 February is 28 February", false, Property("d", Date("in-the-last", 1, "year")), Has("d", "2027-02-28T12:00:00Z")) { At = "2028-02-29T12:00:00Z" },
        new("29 February counts on the 28th of a common year", true, Property("born", Date("anniversary")), Has("born", "2000-02-29")) { At = "2027-02-28T12:00:00Z" },
        new("and not on the 28th of a leap year", false, Property("born", Date("anniversary")), Has("born", "2000-02-29")) { At = "2028-02-28T12:00:00Z" },
        new("and not on 1 March", false, Property("born", Date("anniversary")), Has("born", "2000-02-29")) { At = "2027-03-01T12:00:00Z" },
        new("the month of an anniversary", true, Property("born", Date("anniversary-month")), Has("born", "1980-11-01")),
        new("the anniversary of a date to come", true, Property("wed", Date("anniversary")), Has("wed", "2030-11-23")),
        new("last calendar month from 1 March on", true, Property("d", Calendar("last-calendar", "month")), Has("d", "2028-02-29T23:59:59Z")) { At = "2028-03-01T00:00:00Z" },
        new("9999 years are always", true, Metric("x", "greater-than", 0, Date("in-the-last", 9999, "year")), Did("x", "1900-01-01")),
        new("an event before 1970", true, Metric("x", "greater-than", 0, Days("1960-01-01", "1961-01-01")), Did("x", "1960-06-01")),
    ];

    private static IEnumerable<SegmentCase> Zones() =>
    [
        new("today in New York began at five", true, Metric("x", "greater-than", 0, Calendar("this-calendar", "day")), Did("x", "2026-11-23T05:00:00Z")) { Zone = "America/New_York" },
        new("a minute before was yesterday", true, Metric("x", "greater-than", 0, Calendar("last-calendar", "day")), Did("x", "2026-11-23T04:59:00Z")) { Zone = "America/New_York" },
        new("the day of 25 hours", true, Metric("x", "greater-than", 0, Calendar("this-calendar", "day")), Did("x", "2026-10-24T22:00:00Z")) { At = "2026-10-25T22:59:59Z", Zone = "Europe/Berlin" },
        new("a day in the last 24 hours is 24 hours, also on it", false, Metric("x", "greater-than", 0, Date("in-the-last", 1, "day")), Did("x", "2026-10-24T22:00:00Z")) { At = "2026-10-25T22:00:00Z", Zone = "Europe/Berlin" },
        new("a month on the local clock, over the change", true, Property("d", Date("in-the-last", 1, "month")), Has("d", "2026-10-10T10:00:01Z")) { At = "2026-11-10T11:00:00Z", Zone = "Europe/Berlin" },
        new("and not an hour more", false, Property("d", Date("in-the-last", 1, "month")), Has("d", "2026-10-10T10:00:00Z")) { At = "2026-11-10T11:00:00Z", Zone = "Europe/Berlin" },
        new("a birthday without a time is that day in every zone", true, Property("born", Date("anniversary")), Has("born", "1990-05-17")) { At = "2027-05-18T03:00:00Z", Zone = "America/Los_Angeles" },
        new("one with a time is where it was", false, Property("born", Date("anniversary")), Has("born", "1990-05-17T03:00:00Z")) { At = "2027-05-17T20:00:00Z", Zone = "America/Los_Angeles" },
        new("a week begins on Monday, there", true, Metric("x", "greater-than", 0, Calendar("this-calendar", "week")), Did("x", "2026-11-22T14:00:00Z")) { At = "2026-11-29T13:59:59Z", Zone = "Australia/Brisbane" },
        new("a day that was left out", false, Metric("x", "greater-than", 0, Calendar("last-calendar", "day")), Did("x", "2011-12-30T09:59:00Z")) { At = "2011-12-30T10:00:00Z", Zone = "Pacific/Apia" },
        new("December in Auckland begins in November", true, Property("d", """{"type":"date","operator":"calendar-month","value":12}"""), Has("d", "2026-11-30T11:00:00Z")) { Zone = "Pacific/Auckland" },
    ];

    private static IEnumerable<SegmentCase> Counts() =>
    [
        new("zero times, ever", true, Metric("x", "equals", 0), Has("b", 1)),
        new("zero times is at most any number", true, Metric("x", "less-than-or-equal", 3), Has("b", 1)),
        new("less than zero times is nobody", false, Metric("x", "less-than", 0), Has("b", 1)),
        new("at least zero times is everybody", true, Metric("x", "greater-than-or-equal", 0), Has("b", 1)),
        new("not zero times", false, Metric("x", "not-equals", 0), Has("b", 1)),
        new("half a time", true, Metric("x", "greater-than", 0.5), Did("x")),
        new("two of the same moment are two", true, Metric("x", "equals", 2), Did("x", "-1d"), Did("x", "-1d")),
        new("the sum of nothing is 0", true, Metric("x", "equals", 0, null, null, "sum"), Has("b", 1)),
        new("the sum without values is 0", true, Metric("x", "equals", 0, null, null, "sum"), Did("x")),
        new("the least of nothing is less than nothing", false, Metric("x", "less-than", 100, null, null, "min"), Has("b", 1)),
        new("and not equal to anything", true, Metric("x", "not-equals", 0, null, null, "min"), Has("b", 1)),
        new("a sum that cancels out", true, Metric("x", "equals", 1, null, null, "sum"), Did("x", "-3d", 1e16), Did("x", "-2d", 1), Did("x", "-1d", -1e16)),
        new("tenths add up", true, Metric("x", "between", 0, null, null, "sum").Replace("\"value\":0", "\"start\":0.29999999,\"end\":0.30000001", StringComparison.Ordinal), Did("x", "-1d", 0.1), Did("x", "-1d", 0.1), Did("x", "-1d", 0.1)),
        new("text is no summand", true, Metric("x", "equals", 2, null, null, "sum:n"), Did("x", "-1d", null, new() { ["n"] = "3" }), Did("x", "-1d", null, new() { ["n"] = 2 })),
        new("different values: 1 and the text 1 are two", true, Metric("x", "equals", 2, null, null, "distinct:n"), Did("x", "-1d", null, new() { ["n"] = "1" }), Did("x", "-1d", null, new() { ["n"] = 1 })),
        new("an event without the property does not pass a negative filter less", true, Metric("x", "equals", 1, null, Where("n", Text("not-equals", "a"))), Did("x")),
        new("a filter that asks for nothing", true, Metric("x", "equals", 2, null, """{"property":"n"}"""), Did("x"), Did("x")),
        new("the value of an event", true, Metric("x", "equals", 1, null, Where("$value", Number("between", 0) .Replace("\"value\":0", "\"start\":5,\"end\":5", StringComparison.Ordinal))), Did("x", "-1d", 5), Did("x")),
        new("names of metrics differ by case", false, Metric("X", "greater-than", 0), Did("x")),
        new("off the list and on again: since then", false, """{"type":"profile-group-membership","is_member":true,"group_ids":["l"],"timeframe_filter":{"type":"date","operator":"at-least","quantity":5,"unit":"day"}}""", On("l", "-9d"), On("l", "-4d", member: false), On("l", "-3d")),
        new("on the list twice: since the first", true, """{"type":"profile-group-membership","is_member":true,"group_ids":["l"],"timeframe_filter":{"type":"date","operator":"at-least","quantity":5,"unit":"day"}}""", On("l", "-9d"), On("l", "-3d")),
        new("a list nobody knows", true, In(false, "no such list"), Has("b", 1)),
        new("reach by e-mail without a word", true, """{"type":"profile-marketing-consent","consent":{"channel":"email","can_receive_marketing":true,"consent_status":{"subscription":"any"}}}""", Has("b", 1)),
        new("no reach by SMS without a word", false, """{"type":"profile-marketing-consent","consent":{"channel":"sms","can_receive_marketing":true,"consent_status":{"subscription":"any"}}}""", Has("b", 1)),
        new("a later word that arrives first", true, """{"type":"profile-marketing-consent","consent":{"channel":"email","can_receive_marketing":false,"consent_status":{"subscription":"any"}}}""", Said("email", ConsentStatus.Unsubscribed, "-1d"), Said("email", ConsentStatus.Subscribed, "-2d")),
    ];

    private static IEnumerable<SegmentCase> Trees() =>
    [
        new("and of nothing is everybody", true, """{"and":[]}""", Has("b", 1)),
        new("or of nothing is nobody", false, """{"or":[]}""", Has("b", 1)),
        new("no groups at all are everybody", true, """{"condition_groups":[]}""", Has("b", 1)),
        new("not of everybody", false, """{"not":{"and":[]}}""", Has("b", 1)),
        new("sixty nots", true, Nested(60, Property("a", IsSet)), Has("a", 1)),
        new("sixty-one nots", false, Nested(61, Property("a", IsSet)), Has("a", 1)),
        new("or inside of and inside of or", true, Any(All(Property("a", IsSet), Any(Property("b", IsSet), Property("c", IsSet))), Property("d", IsSet)), Has("a", 1), Has("c", 1)),
        new("groups inside of not", false, """{"not":{"condition_groups":[{"conditions":[{"type":"profile-property","property":"a","filter":{"type":"existence","operator":"is-set"}}]}]}}""", Has("a", 1)),
        new("nobody exists before the first write", false, """{"and":[]}""", Has("a", 1, "+1d")),
    ];

    private static string Nested(int depth, string condition) => depth == 0 ? condition : Not(Nested(depth - 1, condition));
}
