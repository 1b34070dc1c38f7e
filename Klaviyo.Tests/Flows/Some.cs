using Klaviyo.Channels;
using Klaviyo.Json;

namespace Klaviyo.Tests.Flows;

// Short ways to say definitions.
internal static class Some
{
    internal const string Ada = "email:ada@example.com";

    internal static FlowDefinition Flow(string name, FlowTrigger trigger, params Step[] steps) => new()
    {
        Name = name,
        Trigger = trigger,
        Steps = ValueList.Of(steps),
        Entry = steps[0].Id,
    };

    internal static FlowMessage Message(string channel, string to) => new()
    {
        Key = "00112233445566778899aabbccddeeff",
        Channel = channel,
        Flow = "f",
        Step = "s",
        Run = new RunId(7),
        Profile = new ProfileId(8),
        At = Instant.Parse(FlowWorld.Start),
        Attempt = 1,
        To = to,
    };

    internal static SendEmailStep Email(string id, string? next = null, string body = "Hello") => new()
    {
        Id = id,
        Next = next,
        Status = StepStatus.Live,
        SubjectLine = "Subject",
        Body = body,
    };

    internal static SendWebhookStep Webhook(string id, string? next = null) => new()
    {
        Id = id,
        Next = next,
        Status = StepStatus.Live,
        Url = "https://example.com/hook",
    };

    internal static TimeDelayStep Delay(string id, string? next, int value, DelayUnit unit = DelayUnit.Days) => new()
    {
        Id = id,
        Next = next,
        Unit = unit,
        Value = value,
    };

    internal static UpdateProfileStep Set(string id, string? next, string property, PropertyValue value) => new()
    {
        Id = id,
        Next = next,
        Status = StepStatus.Live,
        Operations = [new ProfileOperation(ProfileOperationKind.Set, property, value)],
    };

    internal static ListUpdateStep List(string id, string? next, string list, bool member = true) => new()
    {
        Id = id,
        Next = next,
        Status = StepStatus.Live,
        List = list,
        Member = member,
    };

    internal static ConditionalSplitStep Split(string id, Condition filter, string? yes, string? no) => new()
    {
        Id = id,
        Filter = filter,
        NextIfTrue = yes,
        NextIfFalse = no,
    };

    internal static Condition Condition(string json)
    {
        using var document = System.Text.Json.JsonDocument.Parse(json);
        return ConditionJson.Parse(new DefinitionNode(document.RootElement.Clone(), "$", inFlow: true));
    }

    internal static Condition PropertyIs(string property, string value) => Condition(
        $$$"""{"type":"profile-property","property":"{{{property}}}","filter":{"type":"string","operator":"equals","value":"{{{value}}}"}}""");

    internal static Condition CountSinceStart(string metric, string comparison, int count) => Condition(
        $$$"""{"type":"profile-metric","metric_id":"{{{metric}}}","measurement":"count","measurement_filter":{"type":"numeric","operator":"{{{comparison}}}","value":{{{count}}}},"timeframe_filter":{"type":"date","operator":"flow-start"}}""");

    internal static Condition CountEver(string metric, string comparison, int count) => Condition(
        $$$"""{"type":"profile-metric","metric_id":"{{{metric}}}","measurement":"count","measurement_filter":{"type":"numeric","operator":"{{{comparison}}}","value":{{{count}}}},"timeframe_filter":{"type":"date","operator":"alltime"}}""");

    internal static Condition EventIs(string metric, string property, string value) => Condition(
        $$$"""{"type":"metric-property","metric_id":"{{{metric}}}","field":"{{{property}}}","filter":{"type":"string","operator":"equals","value":"{{{value}}}"}}""");
}
