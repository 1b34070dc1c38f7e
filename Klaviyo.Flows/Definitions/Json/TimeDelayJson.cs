using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Time delays from and to JSON.</summary>
internal static class TimeDelayJson
{
    internal static readonly string[] Units = ["days", "hours", "minutes"];

    internal static Step Read(DefinitionNode node, StepNames names)
    {
        LinkJson.AllowNext(node);
        var data = node.Required("data");
        data.Allow("unit", "value", "secondary_value", "timezone", "delay_until_time", "delay_until_weekdays");
        var unit = data.Optional("unit");
        var secondary = data.Optional("secondary_value");
        return new TimeDelayStep
        {
            Id = StepNames.IdOf(node),
            Unit = (DelayUnit)WordJson.IndexIn(Units, unit, "a unit of a delay", (int)DelayUnit.Days),
            Value = data.Required("value").Integer(0, 1_000_000),
            SecondaryValue = secondary.IsMissing ? null : Secondary(secondary, unit),
            Timezone = LocalTimeJson.Zone(data.Optional("timezone")),
            UntilTime = LocalTimeJson.Time(data.Optional("delay_until_time")),
            UntilWeekdays = LocalTimeJson.Days(data.Optional("delay_until_weekdays")),
            Next = names.Link(node, "next"),
        };
    }

    internal static void Write(Utf8JsonWriter writer, TimeDelayStep delay)
    {
        writer.WriteString("unit", Units[(int)delay.Unit]);
        writer.WriteNumber("value", delay.Value);
        if (delay.SecondaryValue is { } secondary)
        {
            writer.WriteNumber("secondary_value", secondary);
        }

        writer.WriteString("timezone", delay.Timezone);
        LocalTimeJson.WriteTime(writer, "delay_until_time", delay.UntilTime);
        LocalTimeJson.WriteDays(writer, "delay_until_weekdays", delay.UntilWeekdays);
    }

    private static int Secondary(DefinitionNode node, DefinitionNode unit)
    {
        var value = node.Integer(0, 1_000_000);
        if (value > 0 && !unit.IsMissing && unit.Text() == "minutes")
        {
            node.Refuse("there is no smaller unit to add to minutes");
        }

        return value;
    }
}
