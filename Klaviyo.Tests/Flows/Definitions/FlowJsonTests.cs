using Klaviyo.Json;

namespace Klaviyo.Tests.Flows.Definitions;

public sealed class FlowJsonTests
{
    // Every supported type, in Klaviyo's own shape.
    internal const string Cart = """
        {
          "triggers": [{"type": "metric", "id": "Added to Cart", "trigger_filter": {"condition_groups": [{"conditions": [
            {"type": "metric-property", "metric_id": "Added to Cart", "field": "Brand", "filter": {"type": "string", "operator": "equals", "value": "Acme"}}]}]}}],
          "profile_filter": {"condition_groups": [{"conditions": [
            {"type": "profile-metric", "metric_id": "Placed Order", "measurement": "count",
             "measurement_filter": {"type": "numeric", "operator": "equals", "value": 0}, "timeframe_filter": {"type": "date", "operator": "flow-start"}}]}]},
          "actions": [
            {"temporary_id": "wait", "type": "time-delay", "links": {"next": "vip"}, "data":
              {"unit": "hours", "value": 4, "secondary_value": 30, "timezone": "profile", "delay_until_time": "09:30:00", "delay_until_weekdays": ["monday", "friday"]}},
            {"temporary_id": "vip", "type": "conditional-split", "links": {"next_if_true": "big", "next_if_false": "mail"}, "data": {"profile_filter":
              {"condition_groups": [{"conditions": [{"type": "profile-group-membership", "is_member": true, "group_ids": ["vip"]}]}]}}},
            {"temporary_id": "big", "type": "trigger-split", "links": {"next_if_true": "text", "next_if_false": null}, "data":
              {"trigger_filter": {"condition_groups": [{"conditions": [{"type": "metric-property", "metric_id": "Added to Cart", "field": "$value",
                "filter": {"type": "numeric", "operator": "greater-than", "value": 100.50}}]}]}, "trigger_id": "Added to Cart", "trigger_type": "metric"}},
            {"temporary_id": "mail", "type": "send-email", "links": {"next": "mark"}, "data": {"message":
              {"from_email": "shop@example.com", "from_label": "Shop", "subject_line": "You forgot {{ event.Name }}", "template_id": "T1",
               "smart_sending_enabled": true, "transactional": false, "custom_tracking_params": [{"param": "a", "value": "b"}], "name": "Mail 1"}, "status": "live"}},
            {"temporary_id": "text", "type": "send-sms", "links": {"next": "mark"}, "data": {"message": {"body": "Hi {{ person.first_name }}", "shorten_links": true}, "status": "manual"}},
            {"temporary_id": "mark", "type": "update-profile", "links": {"next": "list"}, "data": {"profile_operations": [
              {"operator": "create", "property_type": "date", "property_key": "reminded", "property_value": "today"},
              {"operator": "update", "property_type": "numeric", "property_key": "properties['score']", "property_value": 1.0},
              {"operator": "update", "property_type": "list", "property_operation": "add", "property_key": "tags", "property_value": "cart"},
              {"operator": "delete", "property_key": "old"}], "status": "live"}},
            {"temporary_id": "list", "type": "list-update", "links": {"next": "hook"}, "data": {"name": "To list", "on_execution": true, "list_id": "reminded", "status": "draft"}},
            {"temporary_id": "hook", "type": "send-webhook", "links": {"next": null}, "data": {"message":
              {"url": "https://example.com/hook", "headers": {"X-Key": "1"}, "body": "{\"who\": \"{{ person.email }}\"}"}, "status": "disabled"}}
          ],
          "entry_action_id": "wait",
          "reentry_criteria": {"duration": 2, "unit": "week"}
        }
        """;

    [Test]
    public void Write_WhatWasRead_IsTheSameBytes()
    {
        Assert.That(FlowJson.Write(FlowJson.Parse(Cart, "cart")), Is.EqualTo(Cart.Trim()));
    }

    [Test]
    public void Parse_RequestBody_TakesNameAndDefinition()
    {
        var body = """{"data": {"type": "flow", "attributes": {"name": "cart", "definition": """ + Cart + "}}}";
        var parsed = FlowJson.Parse(body);
        Assert.That(parsed.Name, Is.EqualTo("cart"));
        Assert.That(parsed, Is.EqualTo(FlowJson.Parse(Cart, "cart")));
        Assert.That(FlowJson.Parse(body, "other").Name, Is.EqualTo("other"));
        Assert.That(() => FlowJson.Parse(Cart), Throws.TypeOf<DefinitionException>().With.Message.Contains("give the flow a name"));
    }

    // The sentence of the class: "a definition that was changed in code says what it is now, not what it was".
    [Test]
    public void Write_AfterAChange_IsTheChangedDefinition()
    {
        var changed = FlowJson.Parse(Cart, "cart") with { Reentry = ReentryCriteria.Never };
        var text = FlowJson.Write(changed);
        Assert.That(text, Does.Contain("\"unit\":\"alltime\"").And.Contain("\"from_label\":\"Shop\""));
        Assert.That(FlowJson.Parse(text, "cart"), Is.EqualTo(changed));
        Assert.That(FlowJson.Parse(text, "cart"), Is.Not.EqualTo(FlowJson.Parse(Cart, "cart")));
    }

    [Test]
    public void Write_DefinitionMadeInCode_ReadsBackEqual()
    {
        var made = Some.Flow(
            "made",
            new ListTrigger("newsletter"),
            Some.Delay("wait", "split", 1) with { UntilTime = new TimeOnly(8, 15), Timezone = "Europe/Berlin" },
            Some.Split("split", Some.PropertyIs("city", "Bern"), "mail", null),
            Some.Email("mail", "set") with { Transactional = true, AdditionalFilter = Some.PropertyIs("a", "b") },
            Some.Set("set", "list", "x", true),
            Some.List("list", null, "done", member: false)) with
        { ProfileFilter = Some.PropertyIs("country", "CH") };
        Assert.That(FlowJson.Parse(FlowJson.Write(made), "made"), Is.EqualTo(made));
    }

    [TestCase("\"type\": \"metric\", \"id\"", "\"type\": \"comet\", \"id\"", "$.triggers[0].type", "'comet' is not a trigger")]
    [TestCase("\"type\": \"time-delay\"", "\"type\": \"nap\"", "$.actions[0].type", "'nap' is not an action")]
    [TestCase("\"delay_until_time\"", "\"delay_till_time\"", "$.actions[0].data.delay_till_time", "is not known here")]
    [TestCase("09:30:00", "25:00", "$.actions[0].data.delay_until_time", "'25:00' is not a time of day")]
    [TestCase("\"friday\"", "\"freitag\"", "$.actions[0].data.delay_until_weekdays[1]", "'freitag' is not a weekday: sunday")]
    [TestCase("\"timezone\": \"profile\"", "\"timezone\": \"Mars\"", "$.actions[0].data.timezone", "'Mars' is not a time zone")]
    [TestCase("\"next_if_true\": \"big\"", "\"next_if_true\": \"bigger\"", "$.actions[1].links.next_if_true", "there is no action 'bigger'")]
    [TestCase("\"next\": \"vip\"", "\"then\": \"vip\"", "$.actions[0].links.then", "is not known here")]
    [TestCase("\"next_if_true\": \"text\"", "\"next_if_true\": null", "$.actions[4]", "no link leads to the action 'text'")]
    [TestCase("\"next\": \"hook\"", "\"next\": \"mail\"", "$.actions[7]", "no link leads to the action 'hook'")]
    [TestCase("{\"next\": null}", "{\"next\": \"mail\"}", "$.actions[3]", "circle without a delay")]
    [TestCase("\"temporary_id\": \"vip\"", "\"temporary_id\": \"wait\"", "$.actions[1].temporary_id", "'wait' is used")]
    [TestCase("\"entry_action_id\": \"wait\"", "\"entry_action_id\": \"begin\"", "$.entry_action_id", "there is no action 'begin'")]
    [TestCase("\"unit\": \"week\"", "\"unit\": \"year\"", "$.reentry_criteria.unit", "'year' is not a unit of re-entry")]
    [TestCase("\"trigger_id\": \"Added to Cart\"", "\"trigger_id\": \"Other\"", "$.actions[2].data.trigger_id", "'Other' is not the metric")]
    [TestCase("\"status\": \"live\"}},\n    {\"temporary_id\": \"text\"", "\"status\": \"alive\"}},\n    {\"temporary_id\": \"text\"", "$.actions[3].data.status", "'alive' is not a status: draft, manual, live, disabled")]
    [TestCase("\"property_value\": 1.0", "\"property_value\": \"1\"", "$.actions[5].data.profile_operations[1].property_value", "a number is expected")]
    public void Parse_WhatCannotMeanAnything_IsRefusedWithItsPlace(string text, string with, string path, string message)
    {
        Assert.That(Cart.Contains(text, StringComparison.Ordinal), "The case no longer fits the definition.");
        Assert.That(
            () => FlowJson.Parse(Replaced(text, with), "cart"),
            Throws.TypeOf<DefinitionException>().With.Property("Path").EqualTo(path).And.Message.Contains(message));
    }

    [Test]
    public void Parse_CircleWithDelay_IsAccepted()
    {
        var circle = Replaced("{\"next\": null}", "{\"next\": \"wait\"}");
        Assert.That(() => FlowJson.Parse(circle, "cart"), Throws.Nothing);
        var instant = circle.Replace("\"value\": 4, \"secondary_value\": 30", "\"value\": 0", StringComparison.Ordinal);
        Assert.That(() => FlowJson.Parse(instant, "cart"), Throws.TypeOf<DefinitionException>());
    }

    [Test]
    public void Parse_LinksByIdOrTemporaryId_AreTheSame()
    {
        const string Json = """
            {"triggers":[{"type":"list","id":"news"}],"entry_action_id":"tmp-1","actions":[
              {"id":"1","temporary_id":"tmp-1","type":"time-delay","data":{"value":1},"links":{"next":"2"}},
              {"id":"2","type":"send-sms","data":{"message":{"body":"Hi"}}}]}
            """;
        var parsed = FlowJson.Parse(Json, "news");
        Assert.That(parsed.Entry, Is.EqualTo("1"));
        Assert.That(parsed.Steps[0].Links[0], Is.EqualTo("2"));
        Assert.That(((SendSmsStep)parsed.Steps[1]).Status, Is.EqualTo(StepStatus.Draft));
    }

    // The first occurrence only.
    private static string Replaced(string text, string with)
    {
        var at = Cart.IndexOf(text, StringComparison.Ordinal);
        return Cart[..at] + with + Cart[(at + text.Length)..];
    }
}
