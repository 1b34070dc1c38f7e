using System.Text;
using Klaviyo.Json;

namespace Klaviyo.Tests.Core.Json;

// "definitions that cannot mean anything": the path names the place, the message what would be allowed.
public sealed class DefinitionErrorTests
{
    private const string Property = """{"condition_groups":[{"conditions":[{"type":"profile-sample","percentage":1},{"type":"profile-property","property":"x","filter":FILTER}]}]}""";
    private const string Metric = """{"type":"profile-metric","metric_id":"m","measurement":"count","measurement_filter":{"type":"numeric","operator":"equals","value":1},"timeframe_filter":FILTER}""";

    [TestCase("""{"type":"string","operator":"foo","value":"x"}""", "operator", "'foo' is not an operator of string filters: equals, not-equals, contains")]
    [TestCase("""{"type":"string","operator":5,"value":"x"}""", "operator", "a string is expected, not 5")]
    [TestCase("""{"type":"string","value":"x"}""", "operator", "is missing")]
    [TestCase("""{"type":"string","operator":"equals"}""", "value", "is missing: a string is expected")]
    [TestCase("""{"type":"string","operator":"equals","value":5}""", "value", "a string is expected, not 5")]
    [TestCase("""{"type":"string","operator":"in","value":"x"}""", "value", "an array is expected, not \"x\"")]
    [TestCase("""{"type":"string","operator":"in","value":["x",1]}""", "value[1]", "a string is expected, not 1")]
    [TestCase("""{"type":"string","operator":"regex","value":"(?=a)"}""", "value", "'(?=a)' is refused")]
    [TestCase("""{"type":"string","operator":"phone-country-code-in","value":"US"}""", "value", "an array is expected, not \"US\"")]
    [TestCase("""{"type":"string","operator":"equals","value":"x","values":[]}""", "values", "is not known here: type, operator, value")]
    [TestCase("""{"type":"text","operator":"equals","value":"x"}""", "type", "'text' is not a type of filter: string, numeric, boolean, date, list, existence")]
    [TestCase("""{"operator":"equals","value":"x"}""", "type", "is missing")]
    [TestCase("""{"type":"numeric","operator":"equals","value":"5"}""", "value", "a number is expected, not \"5\"")]
    [TestCase("""{"type":"numeric","operator":"equals","value":1e999}""", "value", "a number is expected that a double holds, not 1e999")]
    [TestCase("""{"type":"numeric","operator":"between","start":1}""", "end", "is missing")]
    [TestCase("""{"type":"numeric","operator":"equals","value":1,"start":5}""", "start", "is not known here: type, operator, value")]
    [TestCase("""{"type":"numeric","operator":"less-than","value":1,"end":null}""", "end", "is not known here: type, operator, value")]
    [TestCase("""{"type":"numeric","operator":"between","start":5,"end":6,"value":1}""", "value", "is not known here: type, operator, start, end")]
    [TestCase("""{"type":"numeric","operator":"near","value":1}""", "operator", "'near' is not an operator of numeric filters: equals, not-equals, greater-than")]
    [TestCase("""{"type":"boolean","operator":"equals","value":"true"}""", "value", "true or false is expected, not \"true\"")]
    [TestCase("""{"type":"existence","operator":"set"}""", "operator", "'set' is not an operator of existence filters: is-set, not-set")]
    [TestCase("""{"type":"list","operator":"has","value":"x"}""", "operator", "'has' is not an operator of list filters: contains")]
    [TestCase("""{"type":"list","operator":"length-equals","value":1.5}""", "value", "a whole number from 0 to 2147483647 is expected, not 1.5")]
    [TestCase("""{"type":"list","operator":"contains","value":[1]}""", "value", "a string, number, true, false or null is expected, not [1]")]
    [TestCase("""{"type":"list","operator":"contains"}""", "value", "is missing")]
    [TestCase("""{"type":"date","operator":"foo"}""", "operator", "'foo' is not an operator of date filters: before, after")]
    [TestCase("""{"type":"date","operator":"flow-start"}""", "operator", "'flow-start' has a meaning in flows only")]
    [TestCase("""{"type":"date","operator":"after","date":"yesterday"}""", "date", "an ISO 8601 date such as 2026-11-23T08:30:00Z is expected, not \"yesterday\"")]
    [TestCase("""{"type":"date","operator":"after","date":"2026-01-01 10:00 PM"}""", "date", "an ISO 8601 date such as 2026-11-23T08:30:00Z is expected, not \"2026-01-01 10:00 PM\"")]
    [TestCase("""{"type":"date","operator":"in-the-last","unit":"day","quantity":-1}""", "quantity", "a whole number from 0 to 2147483647 is expected, not -1")]
    [TestCase("""{"type":"date","operator":"in-the-last","unit":"fortnight","quantity":1}""", "unit", "'fortnight' is not a unit: second, minute, hour, day, week, month, year")]
    [TestCase("""{"type":"date","operator":"calendar-month","value":13}""", "value", "a whole number from 1 to 12 is expected, not 13")]
    [TestCase("""{"type":"date","operator":"this-calendar","unit":"hour"}""", "unit", "day, week, month or year is expected")]
    [TestCase("""{"type":"date","operator":"alltime","quantity":1}""", "quantity", "is not known here: type, operator")]
    [TestCase("""5""", "", "an object is expected, not 5")]
    [TestCase("""null""", "", "is null")]
    [TestCase("""{"type":"string","operator":null,"value":"x"}""", "operator", "is null")]
    [TestCase("""{"type":"numeric","operator":"between","start":1,"end":null}""", "end", "is null")]
    public void Parse_Filter_NamesThePlaceAndWhatIsAllowed(string filter, string field, string message)
    {
        var path = "$.condition_groups[0].conditions[1].filter" + (field.Length > 0 ? "." + field : "");
        AssertRefused(Property.Replace("FILTER", filter, StringComparison.Ordinal), path, message);
    }

    [TestCase("""{"type":"string","operator":"equals","value":"x"}""", "$.timeframe_filter.type", "'date' is expected, not \"string\"")]
    [TestCase("""{"type":"date","operator":"between","start":1,"end":2}""", "$.timeframe_filter.unit", "is missing")]
    public void Parse_Timeframe_NamesThePlaceAndWhatIsAllowed(string filter, string path, string message) =>
        AssertRefused(Metric.Replace("FILTER", filter, StringComparison.Ordinal), path, message);

    [TestCase("""{"type":"profile-metric","metric_id":"m","measurement":"count","measurement_filter":{"type":"numeric","operator":"equals","value":1,"end":3},"timeframe_filter":{"type":"date","operator":"alltime"}}""", "$.measurement_filter.end", "is not known here: type, operator, value")]
    [TestCase("""{"data":{"type":"segment","attributes":{"name":"n","definition":{"condition_groups":[]},"bogus":1}}}""", "$.data.attributes.bogus", "is not known here: name, definition, ")]
    [TestCase("""{"data":{"type":"segment","bogus":1,"attributes":{"definition":{"condition_groups":[]}}}}""", "$.data.bogus", "is not known here: type, id, attributes, relationships, links")]
    [TestCase("""{"data":{"type":"segment","attributes":{"definition":{"condition_groups":[]}}},"bogus":2}""", "$.bogus", "is not known here: data, included, links, meta")]
    [TestCase("""{"definition":{"condition_groups":[]},"condition_groups":[{"conditions":[{"type":"x"}]}]}""", "$.condition_groups", "is not known here: name, definition, ")]
    [TestCase("""{"data":{"type":"flow","attributes":{"definition":{"condition_groups":[]}}}}""", "$.data.type", "'segment' is expected, not \"flow\"")]
    [TestCase("""{"definition":{"condition_groups":[]},"is_active":false}""", "$.is_active", "a segment that is defined is active: leave it out")]
    [TestCase("""{"definition":{"condition_groups":[]},"is_active":"yes"}""", "$.is_active", "true or false is expected, not \"yes\"")]
    [TestCase("""{"data":{"type":"segment","id":"1","attributes":{"name":"n"}}}""", "$.data.attributes.definition", "is missing")]
    [TestCase("""{"attributes":null}""", "$.attributes", "is null")]
    [TestCase("{", "$", "is not JSON")]
    [TestCase("[]", "$", "an object is expected, not []")]
    [TestCase("{}", "$.type", "is missing")]
    [TestCase("""{"condition_groups":{}}""", "$.condition_groups", "an array is expected, not {}")]
    [TestCase("""{"condition_groups":null}""", "$.condition_groups", "is null")]
    [TestCase("""{"condition_groups":[{}]}""", "$.condition_groups[0].conditions", "is missing")]
    [TestCase("""{"condition_groups":[{"conditions":[]}]}""", "$.condition_groups[0].conditions", "at least one condition is expected")]
    [TestCase("""{"condition_groups":[{"conditions":["x"]}]}""", "$.condition_groups[0].conditions[0]", "an object is expected, not \"x\"")]
    [TestCase("""{"condition_groups":[],"and":[]}""", "$.condition_groups", "is not known here: and")]
    [TestCase("""{"and":{}}""", "$.and", "an array is expected")]
    [TestCase("""{"not":[]}""", "$.not", "an object is expected, not []")]
    [TestCase("""{"or":[{"and":[{"type":"x"}]}]}""", "$.or[0].and[0].type", "'x' is not a type of condition: profile-property, profile-metric")]
    [TestCase("""{"type":"metric-property","metric_id":"m","field":"x","filter":{"type":"existence","operator":"is-set"}}""", "$.type", "a segment has none")]
    [TestCase("""{"type":"profile-sample","percentage":101}""", "$.percentage", "a number from 0 to 100 is expected, not 101")]
    [TestCase("""{"type":"profile-group-membership","is_member":1,"group_ids":["a"]}""", "$.is_member", "true or false is expected, not 1")]
    [TestCase("""{"type":"profile-group-membership","is_member":true,"group_ids":null}""", "$.group_ids", "is null")]
    [TestCase("""{"type":"profile-group-membership","is_member":true,"group_ids":[null]}""", "$.group_ids[0]", "is null: a string is expected")]
    [TestCase("""{"type":"profile-group-membership","is_member":true,"group_ids":[""]}""", "$.group_ids[0]", "a string that is not empty is expected")]
    [TestCase("""{"type":"profile-property","property":"","filter":{}}""", "$.property", "a string that is not empty is expected")]
    [TestCase("""{"type":"profile-property","property":"x","filter":{"type":"existence","operator":"is-set"},"has_been":{"operator":"x"}}""", "$.has_been.operator", "at-least, less-than")]
    [TestCase("""{"type":"profile-metric","metric_id":"m","measurement":"median"}""", "$.measurement", "'median' is not a measurement: count, sum")]
    [TestCase("""{"type":"regularly","metric_id":"m","quantity":0,"unit":"day"}""", "$.quantity", "a whole number from 1 to 1000 is expected, not 0")]
    [TestCase("""{"type":"stopped","metric_id":"m","quantity":1,"unit":"day","times":0}""", "$.times", "a whole number from 1 to 2147483647 is expected, not 0")]
    [TestCase("""{"type":"restarted","metric_id":"m","timeframe_filter":{"type":"date","operator":"alltime"}}""", "$.gap", "is missing")]
    [TestCase("""{"type":"aggregate","metric_id":"m","measurement":"mode:x","filter":{"type":"existence","operator":"is-set"}}""", "$.measurement", "'mode:x' is not a measurement: count, sum")]
    [TestCase("""{"type":"profile-region","in_region":true,"region":"asia"}""", "$.region", "'asia' is not a region: european_union, united_states")]
    [TestCase("""{"type":"profile-marketing-consent","consent":{"channel":"email","can_receive_marketing":true,"consent_status":{"subscription":"any","filters":[{"field":"mood"}]}}}""", "$.consent.consent_status.filters[0].filter", "is missing")]
    [TestCase("""{"type":"profile-marketing-consent","consent":{"channel":"email","can_receive_marketing":true,"consent_status":{"subscription":"any","filters":[{"field":"mood","filter":{}}]}}}""", "$.consent.consent_status.filters[0].field", "'mood' is not a field of consents: method, status_date")]
    [TestCase("""{"type":"profile-permissions","channel":"whatsapp_marketing","permission":{"reachable_status":"maybe"}}""", "$.permission.reachable_status", "'maybe' is not a reachable status: explicitly_reachable")]
    [TestCase("""{"type":"sequence","steps":[]}""", "$.steps", "at least one step that happened is expected")]
    [TestCase("""{"type":"sequence","steps":[{"metric_id":"a","happened":false},{"metric_id":"b","within":{"quantity":1,"unit":"day"}}]}""", "$.steps[1].within", "there is no event before this step")]
    [TestCase("""{"type":"sequence","steps":[{"metric_id":"a"},{"metric_id":"b","within":{"quantity":1,"unit":"day","of":"last"}}]}""", "$.steps[1].within.of", "'last' is not an anchor: previous, first")]
    [TestCase("""{"type":"profile-metric-funnel","timeframe_filter":{"type":"date","operator":"alltime"},"completion_window_seconds":"DAYS_2","steps":[{"metric_exists":true,"metric_id":"a"}]}""", "$.completion_window_seconds", "'DAYS_2' is not a time of completion: HOURS_1")]
    [TestCase("""{"type":"geo"}""", "$", "either a circle or a box is expected")]
    [TestCase("""{"type":"geo","circle":{"latitude":91,"longitude":0,"radius":1,"unit":"miles"}}""", "$.circle.latitude", "a number from -90 to 90 is expected, not 91")]
    [TestCase("""{"type":"geo","circle":{"latitude":9,"longitude":0,"radius":-1,"unit":"miles"}}""", "$.circle.radius", "a number that is not negative is expected, not -1")]
    [TestCase("""{"type":"geo","box":{"south":2,"west":0,"north":1,"east":1}}""", "$.box.south", "the south lies north of the north")]
    [TestCase("""{"type":"related-objects","object_type":"a","quantifier":"most"}""", "$.quantifier", "'most' is not a quantifier: any, all, none, count")]
    [TestCase("""{"type":"related-objects","object_type":"a","quantifier":"count"}""", "$.filter", "is missing")]
    [TestCase("""{"type":"related-objects","object_type":"a","quantifier":"any","filter":{}}""", "$.filter", "with the quantifier count only")]
    [TestCase("""{"type":"related-objects","object_type":"a","quantifier":"any","where":{"not":{"type":"profile-group-membership","is_member":true,"group_ids":["a"]}}}""", "$.where.not.type", "here an object is asked")]
    public void Parse_Definition_NamesThePlaceAndWhatIsAllowed(string json, string path, string message) => AssertRefused(json, path, message);

    // A place that is thousands of levels down is named by its beginning and its end.
    [TestCase(200, false)]
    [TestCase(201, true)]
    [TestCase(100_000, true)]
    public void Message_OfALongPath_HasItsEnds(int length, bool isCut)
    {
        var path = string.Concat("$.begin", new string('x', length - 11), ".end");
        var refusal = new DefinitionException(path, "is missing");
        Assert.That(refusal.Path, Is.EqualTo(path));
        Assert.That(refusal.Message, Has.Length.EqualTo(Math.Min(length, 200) + ": is missing".Length));
        Assert.That(refusal.Message, Does.StartWith("$.beginx").And.EndWith("x.end: is missing"));
        Assert.That(refusal.Message.Contains('…', StringComparison.Ordinal), Is.EqualTo(isCut));
    }

    [Test]
    public void Message_OfALongPath_CutsNoCharacterInTwo([Range(300, 303)] int length)
    {
        var path = "$." + string.Concat(Enumerable.Repeat("😀", length / 2)) + new string('x', length % 2);
        var message = new DefinitionException(path, "is missing").Message;
        Assert.That(() => new UTF8Encoding(false, true).GetBytes(message), Throws.Nothing);
        message = new DefinitionException("x" + path, "is missing").Message;
        Assert.That(() => new UTF8Encoding(false, true).GetBytes(message), Throws.Nothing);
    }

    [Test]
    public void Parse_OfDeepBrackets_SaysSoShortly() =>
        Assert.That(() => SegmentJson.Parse(new string('[', 100_000)), Throws.TypeOf<DefinitionException>()
            .With.Message.Length.LessThan(300).And.Message.Contains("is nested deeper than"));

    private static void AssertRefused(string json, string path, string message)
    {
        Assert.That(() => SegmentJson.Parse(json), Throws.TypeOf<DefinitionException>()
            .With.Property(nameof(DefinitionException.Path)).EqualTo(path)
            .And.Message.StartsWith(path + ": ")
            .And.Message.Contains(message));
    }
}
