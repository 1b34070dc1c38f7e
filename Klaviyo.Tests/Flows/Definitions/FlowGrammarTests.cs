using System.Text.Json.Nodes;
using Klaviyo.Flows.Definitions;
using Klaviyo.Json;
using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Flows.Definitions;

// Every trigger and action of the schema, each allowed value of each field and each alternative: the text comes back byte for
// byte; what the writer makes of the model alone reads back equal and says the same; and the flow can run, or is refused by name
// and place.
public sealed class FlowGrammarTests
{
    // What has no meaning here. Everything else of the grammar runs.
    private static readonly string[] Refused =
    [
        "the trigger 'price-drop' needs Klaviyo's catalogue",
        "the trigger 'low-inventory' needs Klaviyo's catalogue",
        "the condition 'price-drop-property' has no meaning here",
        "the condition 'low-inventory-property' has no meaning here",
        "the condition 'custom-object-property' has no meaning here",
        "the condition 'custom-object-trigger-property' has no meaning here",
        "the prediction '",
        "the internal service '",
        "an event of another company cannot be tracked here",
        "Klaviyo's own code is not in its JSON",
        "' names a file in Klaviyo's library",
        "nothing picks a winner by itself here",
        "a message of an experiment leads where",
        "the share of a variation is a number",
        "the value of a header is a string",
        "nothing here adds what '",
        "the text is the body",
        "an else has no condition",
        "there is no smaller unit to add to minutes",
        "is not an absolute http or https URL",
        "a message has a body, or",
        "a date is waited for, but no trigger is a date",
        "is missing",
        "is null",
    ];

    private static readonly string[] Defaults = ["false", "\"draft\"", "\"\"", "[]", "{}"];

    [TestCaseSource(nameof(Triggers))]
    public void EveryTrigger_IsWrittenAsItWas_AndRunsOrIsRefusedByName(string schema) =>
        Check(Examples(schema).Select(e => Flow($"[{e!.ToJsonString()}]", "")));

    [TestCaseSource(nameof(Actions))]
    public void EveryAction_IsWrittenAsItWas_AndRunsOrIsRefusedByName(string schema) =>
        Check(Examples(schema).Select(e => Flow(TriggersFor(e!), Action(e!.AsObject()))));

    [Test]
    public void EveryReentry_IsWrittenAsItWas() => Check(Examples("ReentryCriteria")
        .Where(e => e!["unit"]!.GetValue<string>() != "alltime" || e["duration"]!.GetValue<int>() <= 1)
        .Select(e => Flow("""[{"type":"list","id":"abc"}]""", "", $",\"reentry_criteria\":{e!.ToJsonString()}")));

    [Test]
    public void ADraftWithoutAnything_IsReadAndWritten_AndRefusedToRun()
    {
        const string Draft = """{"triggers":[],"profile_filter":null,"actions":[],"entry_action_id":null,"reentry_criteria":null}""";
        var read = FlowJson.Parse(Draft, "draft");
        Assert.That(FlowJson.Write(read), Is.EqualTo(Draft));
        Assert.That(FlowJson.Write(read with { Name = "other" }), Is.EqualTo(Draft));
        Assert.That(() => Ready(read), Throws.TypeOf<DefinitionException>().With.Property("Path").EqualTo("$.triggers"));
    }

    [Test]
    public void ARefusal_NamesTheThingAndItsPlace()
    {
        var flow = Flow("""[{"type":"list","id":"abc"}]""", """
            {"id":"it","type":"send-sms","links":{"next":"end"},"data":{"message":{"body":"Hi","image_id":"42"},"status":"live"}},
            """);
        Assert.That(() => Ready(FlowJson.Parse(flow, "f")), Throws.TypeOf<DefinitionException>()
            .With.Property("Path").EqualTo("$.actions[1].data.message.image_id").And.Message.Contains("'image_id' names a file in Klaviyo's library"));
    }

    private static void Check(IEnumerable<string> flows)
    {
        var count = 0;
        foreach (var text in flows)
        {
            count++;
            var read = Parsed(text);
            Assert.That(FlowJson.Write(read), Is.EqualTo(text));
            var written = FlowJson.Write(read with { Source = null });
            var again = Parsed(written);
            Assert.That(again, Is.EqualTo(read), $"{text} became {written}");
            if (read.Refusals.Count == 0)
            {
                Assert.That(Said(written), Is.EqualTo(Said(text)), text);
                // Without a template only a draft is ready.
                if ((!text.Contains("send-email", StringComparison.Ordinal) && !text.Contains("to_emails", StringComparison.Ordinal))
                    || text.Contains("\"template_id\":\"", StringComparison.Ordinal))
                {
                    Assert.That(() => Ready(read), Throws.Nothing, text);
                }
            }
            else
            {
                var refusal = Assert.Throws<DefinitionException>(() => Ready(read), text)!;
                Assert.That(refusal.Path, Does.StartWith("$.actions[").Or.StartsWith("$.triggers[0]"), text);
                Assert.That(Refused.Any(r => refusal.Message.Contains(r, StringComparison.Ordinal)), refusal.Message);
                if (!IsUnfinished(refusal))
                {
                    Assert.That(() => Ready(again), Throws.TypeOf<DefinitionException>(), text);
                }
            }
        }

        Assert.That(count, Is.GreaterThan(1));
    }

    // What is no more than not finished may be finished by the writer: a message with nothing in it, which is a draft.
    private static bool IsUnfinished(DefinitionException refusal) =>
        refusal.Reason.StartsWith("is missing", StringComparison.Ordinal) || refusal.Reason.StartsWith("is null", StringComparison.Ordinal);

    private static FlowDefinition Parsed(string text)
    {
        try
        {
            return FlowJson.Parse(text, "f");
        }
        catch (DefinitionException refused)
        {
            throw new AssertionException($"{refused.Message}\n{text}");
        }
    }

    private static void Ready(FlowDefinition definition) => _ = FlowVersion.Of(
        definition, 1, new Dictionary<string, string> { ["abc"] = "Hello" }, lenient: false);

    // What a text says, without what is the same as nothing.
    private static string Said(string text) => Without(JsonNode.Parse(text))!.ToJsonString();

    private static JsonNode? Without(JsonNode? node)
    {
        return node switch
        {
            JsonObject fields => new JsonObject(fields
                .Select(f => KeyValuePair.Create(f.Key == "id" && fields.ContainsKey("type") ? "temporary_id" : f.Key, Without(f.Value)))
                .Where(f => f.Value is not null && !Defaults.Contains(f.Value.ToJsonString()) && !IsDefault(f.Key, f.Value))
                .DistinctBy(f => f.Key).OrderBy(f => f.Key, StringComparer.Ordinal)),
            JsonArray items => new JsonArray([.. items.Select(i => Without(i) ?? new JsonObject())]),
            _ => node?.DeepClone(),
        };
    }

    private static bool IsDefault(string name, JsonNode value)
    {
        return (name, value.ToJsonString()) is ("timezone", "\"profile\"") or ("unit", "\"days\"") or ("value", "0")
            or ("timedelta_unit_before_date", "\"weeks\"") or ("recurrence_frequency", "\"monthly\"")
            or ("timeout", """{"unit":"hours","value":1}""") or ("operator", "\"create\"") or ("operator", "\"update\"")
            or ("property_operation", "\"add\"");
    }

    private static string Flow(string triggers, string action, string more = "")
    {
        return """{"triggers":""" + triggers + ""","actions":[{"id":"start","type":"conditional-split","links":{"next_if_true":"""
            + (action.Length > 0 ? "\"it\"" : "null") + ""","next_if_false":"end"},"data":{"profile_filter":{"condition_groups":[]}}},"""
            + action + """{"id":"end","type":"send-sms","data":{"message":{"body":"Hi"},"status":"live"}}],"entry_action_id":"start" """
            + more + "}";
    }

    private static string Action(JsonObject example)
    {
        var action = (JsonObject)example.DeepClone();
        Link(action);
        action["id"] = "it";
        action.Remove("temporary_id");
        return action.ToJsonString() + ",";
    }

    // Every link leads to the end.
    private static void Link(JsonNode? node)
    {
        if (node is JsonArray items)
        {
            items.ToList().ForEach(Link);
        }

        foreach (var (name, value) in (node as JsonObject)?.ToList() ?? [])
        {
            if (name.StartsWith("next", StringComparison.Ordinal) && value is not null)
            {
                node![name] = "end";
            }

            Link(value);
        }
    }

    private static string TriggersFor(JsonNode action)
    {
        return action["data"]?["trigger_type"]?.GetValue<string>() switch
        {
            "date" => DateTrigger,
            "list" or "segment" => $$"""[{"type":"{{action["data"]!["trigger_type"]}}","id":"abc"}]""",
            "scheduled" => """[{"type":"schedule","cron":"0 9 * * *"}]""",
            "price-drop" => """[{"type":"price-drop","trigger_filter":null,"price_drop_amount_value":5,"audience":["viewed"]}]""",
            "low-inventory" => """[{"type":"low-inventory","product_level":"variant","trigger_filter":null,"inventory_count":5,"audience":["viewed"]}]""",
            null when action["type"]!.GetValue<string>() is "countdown-delay" or "target-date" => DateTrigger,
            _ => """[{"type":"metric","id":"abc"}]""",
        };
    }

    private const string DateTrigger =
        """[{"type":"date","date_field_type":"profile-property","date_profile_property":"abc","timedelta_value_before_date":5,"trigger_time":"09:30:00"}]""";

    private static IEnumerable<JsonNode?> Examples(string schema) =>
        new SchemaExamples(SharedCases.Json("specs", "klaviyo", "flows.json")).Of(schema).Where(e => e is not null);

    private static IEnumerable<string> Triggers() => Schemas("triggers");

    private static IEnumerable<string> Actions() => Schemas("actions");

    private static IEnumerable<string> Schemas(string field)
    {
        return File.Exists(Path.Combine(SharedCases.Root, "specs", "klaviyo", "flows.json"))
            ? SharedCases.Json("specs", "klaviyo", "flows.json").GetProperty("components").GetProperty("schemas")
                .GetProperty("FlowDefinition").GetProperty("properties").GetProperty(field).GetProperty("items")
                .GetProperty("oneOf").EnumerateArray().Select(r => r.GetProperty("$ref").GetString()!.Split('/')[^1])
            : [];
    }
}
