using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Klaviyo.Json;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Core.Json;

public sealed class SegmentJsonTests
{
    private static readonly string[] FlowConditions =
        ["FlowsProfileMetricCondition", "MetricPropertyCondition", "ProfileRandomSampleCondition"];

    [Test]
    public void Parse_HalfACharacter_IsNotJson() => Assert.That(
        () => SegmentJson.Parse($$"""{"and":["{{(char)0xd800}}"]}"""),
        Throws.TypeOf<DefinitionException>().With.Property("Path").EqualTo("$").And.Message.Contains("is not JSON"));

    // What no store holds: half a character, a number beyond a double, a member that is there twice.
    [TestCase("\\ud800", "1", "$.and[0].property", "half a character")]
    [TestCase("p", "1e999", "$.and[0].filter.value", "a number is expected that a double holds, not 1e999")]
    [TestCase("p", "1,\"value\":2", "$.and[0].filter.value", "stands here twice")]
    public void Parse_WhatNoStoreHolds_IsRefusedWithItsPlace(string property, string value, string path, string message)
    {
        var json = """{"and":[{"type":"profile-property","property":"P","filter":{"type":"numeric","operator":"equals","value":V}}]}"""
            .Replace("\"P\"", $"\"{property}\"", StringComparison.Ordinal).Replace("V}", value + "}", StringComparison.Ordinal);
        var refused = Assert.Throws<DefinitionException>(() => SegmentJson.Parse(json))!;
        Assert.That((refused.Path, refused.Message), Is.EqualTo((path, refused.Message)));
        Assert.That(refused.Message, Does.Contain(message));
    }

    // Every type of condition of the schema, each allowed value of each field and each alternative: the text comes back byte
    // for byte, and what the writer makes of the model alone is the same JSON.
    [TestCaseSource(nameof(SegmentConditions))]
    public void Parse_EveryExampleOfTheSchema_IsWrittenBackAsItWas(string schema)
    {
        var examples = new SchemaExamples(SharedCases.Json("specs", "klaviyo", "segments.json")).Of(schema).ToList();
        Assert.That(examples, Has.Count.GreaterThan(1));
        foreach (var example in examples)
        {
            var text = $$"""{"condition_groups": [ {"conditions":[{{example!.ToJsonString()}}]}]}""";
            var segment = SegmentJson.Parse(text);
            var written = SegmentJson.Write(segment.Root);
            Assert.That(SegmentJson.Write(segment), Is.EqualTo(text));
            Assert.That(JsonNode.DeepEquals(JsonNode.Parse(written), JsonNode.Parse(text)), $"{text} became {written}");
            Assert.That(SegmentJson.Parse(written), Is.EqualTo(segment), text);
            Assert.That(() => segment.Holds(new ListHistory(created: Instant.MinValue).At("2026-01-01")), Throws.Nothing, text);
        }
    }

    [TestCaseSource(nameof(Predictions))]
    public void Parse_Prediction_IsRefusedByName(string schema)
    {
        foreach (var example in new SchemaExamples(SharedCases.Json("specs", "klaviyo", "segments.json")).Of(schema))
        {
            var dimension = example!["dimension"]!.GetValue<string>();
            Assert.That(() => SegmentJson.Parse($$"""{"condition_groups":[{"conditions":[{{example.ToJsonString()}}]}]}"""),
                Throws.TypeOf<DefinitionException>().With.Message.EqualTo(
                    $"$.condition_groups[0].conditions[0].dimension: the prediction '{dimension}' is not supported yet"));
        }
    }

    [TestCaseSource(nameof(FlowConditions))]
    public void ConditionJson_EveryExampleOfTheFlowSchema_IsWrittenBackWithEqualContent(string schema)
    {
        var examples = new SchemaExamples(SharedCases.Json("specs", "klaviyo", "flows.json")).Of(schema).ToList();
        Assert.That(examples, Has.Count.GreaterThan(1));
        foreach (var example in examples)
        {
            var condition = Parse(example!.ToJsonString(), inFlow: true);
            Assert.That(Parse(SegmentJson.Write(condition), inFlow: true), Is.EqualTo(condition), example.ToJsonString());
        }
    }

    // What the writer makes of a definition is Klaviyo's own field order, so that most definitions come back byte for byte
    // even when only their conditions were kept.
    [TestCase("""{"condition_groups":[{"conditions":[{"type":"profile-property","property":"properties['Favorite Color']","filter":{"type":"string","operator":"contains","value":"blé"}}]}]}""")]
    [TestCase("""{"condition_groups":[{"conditions":[{"type":"profile-metric","metric_id":"Placed Order","measurement":"sum","measurement_filter":{"type":"numeric","operator":"greater-than-or-equal","value":99.5},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"day","quantity":30},"metric_filters":[{"property":"Country","filter":{"type":"string","operator":"in","value":["FR","ES"]}},{"property":"x"}]}]}]}""")]
    [TestCase("""{"condition_groups":[{"conditions":[{"type":"profile-group-membership","is_member":true,"group_ids":["a","b"],"timeframe_filter":{"type":"date","operator":"after","date":"2022-11-08T00:00:00.000Z"}}]}]}""")]
    [TestCase("""{"condition_groups":[{"conditions":[{"type":"profile-group-membership","is_member":false,"group_ids":[]}]}]}""")]
    [TestCase("""{"type":"profile-metric-funnel","timeframe_filter":{"type":"date","operator":"alltime"},"completion_window_seconds":"DAYS_3","steps":[]}""")]
    [TestCase("""{"and":[{"or":[]},{"not":{"type":"profile-sample","percentage":12.5,"salt":"x"}},{"condition_groups":[]}]}""")]
    [TestCase("""{"type":"profile-property","property":"status","filter":{"type":"existence","operator":"is-set"},"has_been":{"operator":"less-than","quantity":7,"unit":"day"}}""")]
    [TestCase("""{"type":"last-metric","metric_id":"m","timeframe_filter":{"type":"date","operator":"last-calendar","unit":"week"},"where":[{"property":"kind","filter":{"type":"boolean","operator":"equals","value":true}}],"metric_filters":[{"property":"tags","filter":{"type":"list","operator":"contains-any","value":["a",1]}}]}""")]
    [TestCase("""{"type":"profile-metric","metric_id":"m","measurement":"distinct:Country","measurement_filter":{"type":"numeric","operator":"between","start":1,"end":2},"timeframe_filter":{"type":"date","operator":"alltime"}}""")]
    [TestCase("""{"type":"aggregate","metric_id":"m","measurement":"last:Country","filter":{"type":"string","operator":"equals","value":"FR"},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"month","quantity":2}}""")]
    [TestCase("""{"type":"first-time","metric_id":"m","timeframe_filter":{"type":"date","operator":"this-calendar","unit":"month"},"metric_filters":[{"property":"x"}]}""")]
    [TestCase("""{"type":"restarted","metric_id":"m","gap":{"unit":"day","quantity":90},"timeframe_filter":{"type":"date","operator":"in-the-last","unit":"week","quantity":1}}""")]
    [TestCase("""{"type":"regularly","metric_id":"m","times":2,"unit":"month","quantity":3}""")]
    [TestCase("""{"type":"stopped","metric_id":"m","unit":"month","quantity":3,"times":1,"in_each_of":6}""")]
    [TestCase("""{"type":"sequence","key":"cart_id","steps":[{"metric_id":"a"},{"metric_id":"b","happened":false,"within":{"unit":"day","quantity":3},"key":"cart.id"},{"metric_id":"c","within":{"unit":"week","quantity":1,"of":"first"},"metric_filters":[{"property":"x"}]}]}""")]
    [TestCase("""{"type":"geo","circle":{"latitude":47.37,"longitude":8.54,"radius":25,"unit":"miles"}}""")]
    [TestCase("""{"type":"geo","box":{"south":-10,"west":170,"north":10,"east":-170},"latitude_property":"home.lat","longitude_property":"home.lon"}""")]
    [TestCase("""{"type":"related-objects","object_type":"account","relation":"member","quantifier":"all","where":{"type":"profile-property","property":"plan","filter":{"type":"string","operator":"equals","value":"pro"}}}""")]
    [TestCase("""{"type":"related-objects","object_type":"account","quantifier":"count","filter":{"type":"numeric","operator":"between","start":1,"end":2}}""")]
    [TestCase("""{"type":"profile-has-custom-object","object_type_id":"pet","object_type_relationship_id":"owner","filter":{"type":"numeric","operator":"equals","value":2},"filters":[{"property_id":5,"filter":{"type":"existence","operator":"is-set"}},{"property_id":"kind","filter":{"type":"string","operator":"equals","value":"cat"}}]}""")]
    public void Write_OfConditions_IsTheSameText(string text) =>
        Assert.That(SegmentJson.Write(SegmentJson.Parse(text).Root), Is.EqualTo(text));

    [Test]
    public void Write_ThenParse_RandomConditions_AreEqual()
    {
        TimeUnit[] units = Enum.GetValues<TimeUnit>();
        Gen.Int.Sample(seed =>
        {
            var condition = new RandomSegments(seed, Instant.Parse("2026-11-23"), 1, 1_000_000, units, 99).Condition(4);
            var parsed = SegmentJson.Parse(SegmentJson.Write(condition));
            Assert.That(parsed.Root, Is.EqualTo(condition));
            Assert.That(parsed.GetHashCode(), Is.EqualTo(new SegmentDefinition(condition).GetHashCode()));
            Assert.That(SegmentJson.Write(parsed.Root), Is.EqualTo(SegmentJson.Write(condition)));
        });
    }

    [Test]
    public void Parse_RequestBody_TakesTheDefinitionOutOfIt()
    {
        const string definition = """{ "condition_groups": [] }""";
        var segment = SegmentJson.Parse("""{"data":{"type":"segment","attributes":{"name":"n","definition":""" + definition + "}}}");
        Assert.That(SegmentJson.Write(segment), Is.EqualTo(definition));
        Assert.That(() => SegmentJson.Parse("""{"data":{"attributes":{"definition":{"condition_groups":5}}}}"""),
            Throws.TypeOf<DefinitionException>().With.Property("Path").EqualTo("$.data.attributes.definition.condition_groups"));
    }

    // Whatever Klaviyo's answers say about a segment beside its definition.
    [Test]
    public void Parse_AnswerOfTheApi_TakesTheDefinitionOutOfIt()
    {
        const string definition = """{"condition_groups":[]}""";
        var segment = SegmentJson.Parse("""{"data":{"type":"segment","id":"PQ","attributes":{"name":"n","created":"2022-11-08T00:00:00+00:00","updated":"2022-11-08T00:00:00+00:00","is_active":true,"is_processing":false,"is_starred":null,"profile_count":5,"definition":"""
            + definition + """},"relationships":{"tags":{}},"links":{"self":"x"}},"included":[],"links":{},"meta":{}}""");
        Assert.That(SegmentJson.Write(segment), Is.EqualTo(definition));
    }

    [Test]
    public void Parse_RequestExamplesOfTheApi_AreAccepted()
    {
        var requests = SharedCases.Json("cases", "payloads", "klaviyo_request_examples.json").GetProperty("requests");
        foreach (var name in (string[])["create_segment", "update_segment"])
        {
            Assert.That(SegmentJson.Parse(requests.GetProperty(name).GetProperty("body"), "$").Root, Is.TypeOf<GroupsCondition>());
        }
    }

    [Test]
    public void Parse_NullForAString_IsTheMissingValue()
    {
        var segment = SegmentJson.Parse("""{"type":"profile-property","property":"x","filter":{"type":"string","operator":"equals","value":null}}""");
        Assert.That(segment.Holds(new ListHistory(created: Instant.MinValue).At("2026-01-01")), Is.True);
        Assert.That(segment.Holds(new ListHistory().Has("x", "").At("2026-01-01")), Is.False);
    }

    private static Condition Parse(string json, bool inFlow)
    {
        using var document = JsonDocument.Parse(json);
        return ConditionJson.Parse(new DefinitionNode(document.RootElement, "$", inFlow));
    }

    private static IEnumerable<string> SegmentConditions() => Conditions().Except(Predictions());

    private static IEnumerable<string> Predictions() => Conditions().Where(c => c.Contains("Predictive", StringComparison.Ordinal));

    private static IEnumerable<string> Conditions()
    {
        return File.Exists(Path.Combine(SharedCases.Root, "specs", "klaviyo", "segments.json"))
            ? SharedCases.Json("specs", "klaviyo", "segments.json").GetProperty("components").GetProperty("schemas")
                .GetProperty("ConditionGroup").GetProperty("properties").GetProperty("conditions").GetProperty("items")
                .GetProperty("oneOf").EnumerateArray().Select(r => r.GetProperty("$ref").GetString()!.Split('/')[^1])
            : [];
    }
}
