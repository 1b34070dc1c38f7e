using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Waits for the date for which a run started, from and to JSON.</summary>
internal static class DateDelayJson
{
    internal static Step ReadCountdown(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Required("data");
        data.Allow("unit", "value", "timezone", "delay_until_time", "delay_until_weekdays");
        var value = data.Optional("value");
        return new CountdownDelayStep
        {
            Id = StepNames.IdOf(node),
            Unit = (DateUnit)WordJson.IndexIn(DateTriggerJson.Units, data.Optional("unit"), "a unit before a date", (int)DateUnit.Days),
            Value = value.IsMissing ? 0 : value.Integer(0, 100_000),
            Timezone = LocalTimeJson.Zone(data.Optional("timezone")),
            UntilTime = LocalTimeJson.Time(data.Optional("delay_until_time")),
            UntilWeekdays = LocalTimeJson.Days(data.Optional("delay_until_weekdays")),
            Next = names.Link(node, "next"),
        };
    }

    internal static Step ReadTarget(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Required("data");
        data.Allow("timezone", "target_time", "target_days");
        return new TargetDateStep
        {
            Id = StepNames.IdOf(node),
            Timezone = LocalTimeJson.Zone(data.Optional("timezone")),
            UntilTime = LocalTimeJson.Time(data.Optional("target_time")),
            UntilWeekdays = LocalTimeJson.Days(data.Optional("target_days")),
            Next = names.Link(node, "next"),
        };
    }

    internal static void Write(Utf8JsonWriter writer, DateDelayStep delay)
    {
        if (delay is CountdownDelayStep countdown)
        {
            writer.WriteString("unit", DateTriggerJson.Units[(int)countdown.Unit]);
            writer.WriteNumber("value", countdown.Value);
        }

        var isTarget = delay is TargetDateStep;
        writer.WriteString("timezone", delay.Timezone);
        LocalTimeJson.WriteTime(writer, isTarget ? "target_time" : "delay_until_time", delay.UntilTime);
        LocalTimeJson.WriteDays(writer, isTarget ? "target_days" : "delay_until_weekdays", delay.UntilWeekdays);
    }
}
