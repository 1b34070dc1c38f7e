using Klaviyo.Flows.Definitions;
using Klaviyo.Json;

namespace Klaviyo.Tests.Flows.Definitions;

// "What has no meaning is refused by name, never ignored; every error is one clear line that names the JSON path."
public sealed class FlowRefusalTests
{
    private const string Text = """{"temporary_id":"m","type":"send-sms","data":{"message":{"body":"Hi"},"status":"live"}}""";
    private const string Metric = """{"type":"metric","id":"A"}""";

    private static readonly Dictionary<string, string> Templates = new() { ["abc"] = "Hello" };

    // Around the definition.
    [TestCase("""{"name":"x","definition":DEF,"typo":1}""", "$.typo", "is not known here")]
    [TestCase("""{"name":"x","definition":DEF,"reentry_criteria":{"duration":1,"unit":"alltime"}}""", "$.reentry_criteria", "is not known here")]
    [TestCase("""{"data":{"type":"list","attributes":{"name":"x","definition":DEF}}}""", "$.data.type", "'list' is not a type of what holds a flow: flow")]
    [TestCase("""{"data":{"type":"flow","attributes":{"name":"x","definition":DEF},"typo":1}}""", "$.data.typo", "is not known here")]
    [TestCase("""{"data":{"type":"flow","attributes":{"name":"x","definition":DEF}},"typo":1}""", "$.typo", "is not known here")]
    public void AroundTheDefinition_WhatIsNotAskedFor_IsRefused(string json, string path, string message) =>
        AssertRefused(() => FlowJson.Parse(json.Replace("DEF", Flow(Metric, Text, "m"), StringComparison.Ordinal)), path, message);

    // It is read, and comes back as it was; but nobody runs what is said to be a draft.
    [TestCase("""{"data":{"type":"flow","attributes":{"name":"x","status":"draft","definition":DEF}}}""", "$.data.attributes.status", "PauseFlowAsync")]
    [TestCase("""{"data":{"type":"flow","attributes":{"name":"x","archived":true,"definition":DEF}}}""", "$.data.attributes.archived", "ArchiveFlowAsync")]
    public void AroundTheDefinition_WhatIsNotLive_IsReadAndNotRun(string json, string path, string message)
    {
        var read = FlowJson.Parse(json.Replace("DEF", Flow(Metric, Text, "m"), StringComparison.Ordinal));
        Assert.That(FlowJson.Write(read), Is.EqualTo(Flow(Metric, Text, "m")));
        Assert.That(read.Refusals.Single().Path, Is.EqualTo(path));
        Assert.That(read.Refusals.Single().Message, Does.Contain(message));
    }

    [Test]
    public void AroundTheDefinition_WhatKlaviyoAnswers_IsRead()
    {
        var answer = """
            {"data":{"type":"flow","id":"XYZ","attributes":{"name":"x","status":"live","archived":false,"created":"2022-11-08T00:00:00+00:00",
            "updated":null,"trigger_type":"Metric","definition":DEF},"relationships":{},"links":{"self":"https://a.example"}},"included":[],"links":{},"meta":{}}
            """.Replace("DEF", Flow(Metric, Text, "m"), StringComparison.Ordinal);
        Assert.That(FlowJson.Write(FlowJson.Parse(answer)), Is.EqualTo(Flow(Metric, Text, "m")));
    }

    // What no definition holds anywhere.
    [TestCase("\\ud800", "1", "$.actions[0].data.message.body", "half a character")]
    [TestCase("Hi", "1e999", "$.actions[0].data.message.kv_pairs", "a number is expected that a double holds, not 1e999")]
    public void Anywhere_WhatNoStoreHolds_IsRefusedWithItsPlace(string body, string pairs, string path, string message) =>
        AssertRefused(
            """{"temporary_id":"m","type":"send-mobile-push","data":{"message":{"body":"BODY","kv_pairs":PAIRS},"status":"live"}}"""
                .Replace("BODY", body, StringComparison.Ordinal).Replace("PAIRS", pairs, StringComparison.Ordinal),
            path,
            message);

    [Test]
    public void Refusal_OfALongText_IsNotAsLong()
    {
        var type = new string('x', 5000);
        var fault = Assert.Throws<DefinitionException>(() => FlowJson.Parse(Flow(Metric, Text.Replace("send-sms", type, StringComparison.Ordinal), "m"), "f"))!;
        Assert.That(fault.Message, Has.Length.LessThan(2100).And.StartsWith("$.actions[0].type"));
    }

    [Test]
    public void Text_WithHalfACharacter_IsNotJson() =>
        AssertRefused(Text.Replace("Hi", new string((char)0xd800, 1), StringComparison.Ordinal), "$", "is not JSON");

    [Test]
    public void Anywhere_HalfACharacterInAName_IsRefusedWithItsPlace() =>
        AssertRefused(Text.Replace("\"status\"", "\"\\ud800\"", StringComparison.Ordinal), "$.actions[0].data", "half a character");

    [Test]
    public void Anywhere_AMemberTwice_IsRefusedWithItsPlace() => AssertRefused(
        """{"temporary_id":"m","type":"time-delay","data":{"value":1,"value":7}}""", "$.actions[0].data.value", "stands here twice");

    [Test]
    public void Anywhere_OptionsThatAreNestedTooDeep_AreRefusedWithTheirPlace() => AssertRefused(
        """{"temporary_id":"m","type":"send-mobile-push","data":{"message":{"body":"x","kv_pairs":{"a":DEEP}},"status":"live"}}"""
            .Replace("DEEP", new string('[', 40) + new string(']', 40), StringComparison.Ordinal),
        "$.actions[0].data.message.kv_pairs",
        "nested deeper than 32");

    [TestCase("[1]", "$.actions[0].data.service_configuration.event_payload", "an object is expected")]
    [TestCase("""{"":1}""", "$.actions[0].data.service_configuration.event_payload", "a property name is empty")]
    public void EventPayload_OfTheWrongShape_IsRefused(string payload, string path, string message) => AssertRefused(
        """{"temporary_id":"m","type":"internal-service","data":{"service_configuration":{"service_method_type":"track-event","event_key":"x","event_payload":PAYLOAD},"status":"live"}}"""
            .Replace("PAYLOAD", payload, StringComparison.Ordinal),
        path,
        message);

    [TestCase("\"first_delay\":60,\"delay_max\":30", "$.actions[0].data.delivery.retry.delay_max", "is shorter than first_delay, 60")]
    [TestCase("\"first_delay\":86400", "$.actions[0].data.delivery.retry.first_delay", "is longer than delay_max, which is 21600")]
    [TestCase("\"first_delay\":60,\"age_max\":30", "$.actions[0].data.delivery.retry.age_max", "is shorter than first_delay, 60")]
    public void Retry_OfNoOrder_NamesTheFields(string retry, string path, string message) => AssertRefused(
        Text.Replace("\"status\"", "\"delivery\":{\"retry\":{" + retry + "}},\"status\"", StringComparison.Ordinal), path, message);

    [TestCase("join", """{"wait":"all"}""", "$.actions[0].data.wait", "is not known here: no field is")]
    [TestCase("exit", """{"reason":"done"}""", "$.actions[0].data.reason", "is not known here: no field is")]
    [TestCase("back-in-stock-delay", """{"days":1}""", "$.actions[0].data.days", "is not known here: no field is")]
    [TestCase("join", "[]", "$.actions[0].data", "an object is expected, not []")]
    [TestCase("exit", "1", "$.actions[0].data", "an object is expected, not 1")]
    public void Data_OfAnActionThatHasNone_IsRefused(string type, string data, string path, string message) =>
        AssertRefused($$"""{"temporary_id":"m","type":"{{type}}","data":{{data}}}""", path, message);

    [TestCase("join", "{}")]
    [TestCase("join", "null")]
    [TestCase("exit", "{}")]
    [TestCase("exit", "null")]
    public void Data_WithNothingInIt_IsTaken_AndComesBack(string type, string data)
    {
        var flow = Flow(Metric, $$"""{"temporary_id":"m","type":"{{type}}","data":{{data}}}""", "m");
        var read = FlowJson.Parse(flow, "f");
        Ready(read);
        Assert.That(FlowJson.Write(read), Is.EqualTo(flow));
    }

    // Types of the options of messages.
    [TestCase("send-sms", "\"sms_quiet_hours_enabled\":\"no\"", "sms_quiet_hours_enabled", "true or false is expected, not \"no\"")]
    [TestCase("send-sms", "\"smart_sending_enabled\":\"false\"", "smart_sending_enabled", "true or false is expected, not \"false\"")]
    [TestCase("send-email", "\"from_email\":5", "from_email", "a string is expected, not 5")]
    [TestCase("send-email", "\"cc_email\":{\"a\":1}", "cc_email", "a string is expected")]
    [TestCase("send-email", "\"template_id\":\"nope\"", "template_id", "the message has a body")]
    [TestCase("send-email", "\"preview_text\":\"{{ nope }}\"", "preview_text", "'nope' is unknown")]
    [TestCase("send-mobile-push", "\"sound\":1", "sound", "true or false is expected")]
    [TestCase("send-mobile-push", "\"kv_pairs\":[]", "kv_pairs", "an object is expected")]
    [TestCase("send-mobile-push", "\"badge_options\":{}", "badge_options.badge_config", "is missing")]
    [TestCase("send-mobile-push", "\"badge_options\":{\"badge_config\":\"two\"}", "badge_options.badge_config", "'two' is not a badge: increment_one, set_count, set_property")]
    [TestCase("send-mobile-push", "\"badge_options\":{\"badge_config\":\"increment_one\",\"value\":\"1\"}", "badge_options.value", "is not known here")]
    [TestCase("send-mobile-push", "\"badge_options\":{\"badge_config\":\"set_count\"}", "badge_options.value", "is missing")]
    [TestCase("send-mobile-push", "\"badge_options\":{\"badge_config\":\"set_property\",\"set_from_property\":1}", "badge_options.set_from_property", "a string is expected")]
    [TestCase("send-mobile-push", "\"action_buttons\":{}", "action_buttons", "an array is expected")]
    [TestCase("send-mobile-push", "\"on_open\":\"hoem\"", "on_open", "'hoem' is not what a push opens: home, link, open_url")]
    [TestCase("send-whatsapp", "\"vendor_id\":5", "vendor_id", "a string is expected")]
    public void Options_OfTheWrongType_AreRefused(string type, string option, string field, string message) => AssertRefused(
        $$$"""{"temporary_id":"m","type":"{{{type}}}","data":{"message":{"body":"x",{{{option}}}},"status":"live"}}""",
        $"$.actions[0].data.message.{field}",
        message);

    // What they ask for is the channel's to do.
    [Test]
    public void Options_WithKlaviyosDefaults_AreTaken_AndComeBack()
    {
        var flow = Flow(Metric, """
            {"temporary_id":"m","type":"send-sms","data":{"message":{"body":"x","image_id":null,"dynamic_image":null,"message_hierarchy":null,
            "shorten_links":true,"include_contact_card":true,"add_org_prefix":true,"add_info_link":true,"add_opt_out_language":true,
            "smart_sending_enabled":true,"sms_quiet_hours_enabled":true,"transactional":false,"add_tracking_params":false,
            "custom_tracking_params":null,"template_id":null,"additional_filters":null,"name":null,"id":null},"status":"live"}}
            """.Trim(), "m");
        var read = FlowJson.Parse(flow, "f");
        Ready(read);
        Assert.That(FlowJson.Write(read), Is.EqualTo(flow));
    }

    [TestCase("""{"a":30,"typo":70}""", "$.actions[0].data.current_experiment.allocations.typo", "is not a variation: a, b")]
    [TestCase("""{"a":30,"b":"70"}""", "$.actions[0].data.current_experiment.allocations.b", "the share of a variation is a number that is not negative, not \"70\"")]
    [TestCase("""{"a":-30,"b":1}""", "$.actions[0].data.current_experiment.allocations.a", "the share of a variation is a number that is not negative, not -30")]
    [TestCase("""{"a":0}""", "$.actions[0].data.current_experiment.allocations", "the share of a variation is a number, by its id")]
    [TestCase("[1]", "$.actions[0].data.current_experiment.allocations", "an object is expected")]
    public void Allocations_ThatMeanNothing_AreRefused(string allocations, string path, string message) => AssertRefused(
        """
        {"temporary_id":"m","type":"ab-test","data":{"status":"live","experiment_status":"live","main_action":{"temporary_id":"mm","type":"send-sms","data":{"message":{"body":"x"}}},
        "current_experiment":{"name":"G","variations":[{"temporary_id":"a","type":"send-sms","data":{"message":{"body":"x"}}},{"temporary_id":"b","type":"send-sms","data":{"message":{"body":"y"}}}],"allocations":ALL}}}
        """.Replace("ALL", allocations, StringComparison.Ordinal),
        path,
        message);

    [TestCase("", """{"a":30}""", "allocations", "a variation without an id cannot be named, and so has no share")]
    [TestCase("", """{"1":30}""", "allocations", "a variation without an id cannot be named, and so has no share")]
    [TestCase("""
        "temporary_id":"1",
        """, "null", "variations", "each variation has an id of its own")]
    public void VariationWithoutAnId_WhereItsNameWouldMatter_IsRefused(string id, string allocations, string field, string message) => AssertRefused(
        """
        {"temporary_id":"m","type":"ab-test","data":{"status":"live","experiment_status":"live","main_action":{"type":"send-sms","data":{"message":{"body":"x"}}},
        "current_experiment":{"name":"G","variations":[{"type":"send-sms","data":{"message":{"body":"x"}}},{ID"type":"send-sms","data":{"message":{"body":"y"}}}],"allocations":ALL}}}
        """.Replace("ID", id, StringComparison.Ordinal).Replace("ALL", allocations, StringComparison.Ordinal),
        $"$.actions[0].data.current_experiment.{field}",
        message);

    [TestCase("""{"name":"a","value":1,"from":{"event":"x"}}""", "from", "a value is given already")]
    [TestCase("""{"name":"$key","value":1}""", "name", "'$key' is a name of the engine's own")]
    [TestCase("""{"name":"$date","value":1}""", "name", "'$date' is a name of the engine's own")]
    [TestCase("""{"name":"$hops","value":1}""", "name", "'$hops' is a name of the engine's own")]
    public void Variables_ThatMeanNothing_AreRefused(string variable, string field, string message) => AssertRefused(
        $$$"""{"temporary_id":"m","type":"set-variable","data":{"variables":[{{{variable}}}]}}""",
        $"$.actions[0].data.variables[0].{field}",
        message);

    [TestCase("\"same\":\"cart\"")]
    [TestCase("\"since\":\"flow\"")]
    [TestCase("\"metric_filters\":[{\"property\":\"q\"}]")]
    public void WaitUntil_AConditionWithWhatAsksOfEvents_IsRefused(string field) => AssertRefused(
        $$$"""{"temporary_id":"m","type":"wait-until","data":{"branches":[{"branch_id":"a",{{{field}}},"branch_filter":{"and":[]}}]}}""",
        $"$.actions[0].data.branches[0].{field.Split('"')[1]}",
        "is asked of an event; here a condition is waited for");

    [TestCase("""{"type":"list","id":"L"}""")]
    [TestCase("""{"type":"schedule","cron":"0 9 * * *"}""")]
    public void WaitUntil_TheSameAsAnEvent_WhereNoneStartsTheRun_IsRefused(string trigger)
    {
        const string Wait = """{"temporary_id":"m","type":"wait-until","data":{"branches":[{"branch_id":"a","metric_id":"X","same":"cart_id"}]}}""";
        AssertRefused(() => Ready(FlowJson.Parse(Flow(trigger, Wait, "m"), "f")), "$.actions[0].data.branches[0].same", "no trigger is an event");
        Ready(FlowJson.Parse(Flow($"{trigger},{Metric}", Wait, "m"), "f"));
        Ready(FlowJson.Parse(Flow("""{"type":"api"}""", Wait, "m"), "f"));
    }

    [TestCase("multi-branch-split", "\"is_else\":true", "\"is_else\":true", "branches[1].is_else", "there is an else already")]
    [TestCase("multi-branch-split", "\"is_else\":true,\"branch_filter\":{\"and\":[]}", "\"branch_filter\":{\"and\":[]}", "branches[0].branch_filter", "an else has no condition")]
    [TestCase("random-split", "\"weight\":1e308", "\"weight\":1e308", "branches", "the weights of the branches come to too much")]
    public void Branches_ThatMeanNothing_AreRefused(string type, string first, string second, string path, string message) => AssertRefused(
        $$$"""{"temporary_id":"m","type":"{{{type}}}","data":{"branches":[{"branch_id":"a",{{{first}}}},{"branch_id":"b",{{{second}}}}]}}""",
        $"$.actions[0].data.{path}",
        message);

    [TestCase("multi-branch-split", "\"branch_filter\":{\"and\":[]}")]
    [TestCase("random-split", "\"weight\":1")]
    [TestCase("wait-until", "\"metric_id\":\"X\"")]
    public void Branches_WithOneId_AreRefused(string type, string what) => AssertRefused(
        $$$"""{"temporary_id":"m","type":"{{{type}}}","data":{"branches":[{"branch_id":"a",{{{what}}}},{"branch_id":"a",{{{what}}}}]}}""",
        "$.actions[0].data.branches[1].branch_id",
        "'a' is used twice");

    [TestCase("""{"operator":"delete","property_key":"tags","property_value":"cart"}""", "property_value", "is not known here")]
    [TestCase("""{"operator":"delete","property_key":"tags","property_operation":"remove"}""", "property_operation", "is not known here")]
    [TestCase("""{"operator":"update","property_type":"string","property_operation":"remove","property_key":"a","property_value":"b"}""", "property_operation", "is not known here")]
    [TestCase("""{"operator":"update","property_type":"string","property_key":"location['city']","property_value":"b"}""", "property_key", "is a way into a property")]
    [TestCase("""{"operator":"update","property_type":"string","property_key":"items[0].sku","property_value":"b"}""", "property_key", "is a way into a property")]
    [TestCase("""{"operator":"delete","property_key":"location['city']"}""", "property_key", "is a way into a property")]
    public void UpdateProfile_WhatItDoesNotDo_IsRefused(string operation, string field, string message) => AssertRefused(
        """{"temporary_id":"m","type":"update-profile","data":{"profile_operations":[OP],"status":"live"}}""".Replace("OP", operation, StringComparison.Ordinal),
        $"$.actions[0].data.profile_operations[0].{field}",
        message);

    [TestCase("""{"type":"property-changed","property":"location['city']"}""", "$.triggers[0].property", "is a way into a property")]
    [TestCase("""{"type":"metric","id":"A","trigger_filter":{"and":[{"type":"metric-property","metric_id":"AA","field":"x","filter":{"type":"existence","operator":"is-set"}}]}}""",
        "$.triggers[0].trigger_filter.and[0].metric_id", "'AA' is not the metric that triggers here, 'A'")]
    public void Trigger_ThatNeverPasses_IsRefused(string trigger, string path, string message) =>
        AssertRefused(() => Ready(FlowJson.Parse(Flow(trigger, Text, "m"), "f")), path, message);

    [TestCase("[]", "", "an object is expected")]
    [TestCase("\"x\"", "", "an object is expected")]
    [TestCase("""{"X Key":"1"}""", ".X Key", "the name of a header has letters, digits and !#$%&'*+-.^_`|~ only")]
    [TestCase("""{"":"1"}""", "", "a property name is empty")]
    [TestCase("""{"Ünï":"1"}""", ".Ünï", "the name of a header has")]
    [TestCase("""{"X-Key":"a\r\nInjected: 1"}""", ".X-Key", "the value of a header is visible ASCII")]
    [TestCase("""{"X-Key":"ü"}""", ".X-Key", "the value of a header is visible ASCII")]
    [TestCase("""{"X-Key":5}""", ".X-Key", "the value of a header is a string")]
    [TestCase("""{"X-Key":"{{ person.email }}"}""", ".X-Key", "no template")]
    [TestCase("""{"Content-Length":"3"}""", ".Content-Length", "is set by the channel")]
    [TestCase("""{"transfer-encoding":"chunked"}""", ".transfer-encoding", "is set by the channel")]
    [TestCase("""{"Host":"other"}""", ".Host", "is set by the channel")]
    [TestCase("""{"Idempotency-Key":"1"}""", ".Idempotency-Key", "is set by the channel")]
    [TestCase("""{"webhook-signature":"1"}""", ".webhook-signature", "is set by the channel")]
    [TestCase("""{"X-Key":"1","x-key":"2"}""", ".x-key", "is used twice")]
    [TestCase("""{"Content-Type":"text"}""", ".Content-Type", "is not a type of content such as application/json")]
    public void Headers_ThatCannotBeSent_AreRefused(string headers, string field, string message) => AssertRefused(
        """{"temporary_id":"m","type":"send-webhook","data":{"message":{"url":"https://example.com","headers":HEADERS},"status":"live"}}"""
            .Replace("HEADERS", headers, StringComparison.Ordinal),
        "$.actions[0].data.message.headers" + field,
        message);

    [Test]
    public void Headers_ThatCanBeSent_AreTaken() => Ready(FlowJson.Parse(
        Flow(Metric, """{"temporary_id":"m","type":"send-webhook","data":{"message":{"url":"https://example.com","headers":{"Content-Type":"text/plain; charset=utf-8","X-Key":"a b"}},"status":"live"}}""", "m"), "f"));

    private static string Flow(string triggers, string actions, string entry) =>
        $$"""{"triggers":[{{triggers}}],"actions":[{{actions}}],"entry_action_id":"{{entry}}"}""";

    private static void AssertRefused(string action, string path, string message) =>
        AssertRefused(() => Ready(FlowJson.Parse(Flow(Metric, action, "m"), "f")), path, message);

    private static void AssertRefused(Action read, string path, string message)
    {
        var refused = Assert.Throws<DefinitionException>(read)!;
        Assert.That((refused.Path, refused.Message), Is.EqualTo((path, refused.Message)), refused.Message);
        Assert.That(refused.Message, Does.Contain(message).And.Not.Contains("\n"));
    }

    private static void Ready(FlowDefinition definition) => _ = FlowVersion.Of(definition, 1, Templates, lenient: false);
}
