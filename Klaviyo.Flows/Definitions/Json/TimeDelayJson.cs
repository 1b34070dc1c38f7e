using System.Globalization;
using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Time delays from and to JSON.</summary>
internal static class TimeDelayJson
{
    private static readonly string[] Units = ["days", "hours", "minutes"];
    private static readonly string[] Weekdays =
        ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

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
            Unit = unit.IsMissing ? DelayUnit.Days : (DelayUnit)IndexIn(Units, unit, "a unit of a delay"),
            Value = data.Required("value").Integer(0, 1_000_000),
            SecondaryValue = secondary.IsMissing ? null : Secondary(secondary, unit),
            Timezone = Zone(data.Optional("timezone")),
            UntilTime = Time(data.Optional("delay_until_time")),
            UntilWeekdays = Days(data.Optional("delay_until_weekdays")),
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
        if (delay.UntilTime is { } time)
        {
            writer.WriteString("delay_until_time", time.ToString("HH:mm:ss", CultureInfo.InvariantCulture));
        }

        if (delay.UntilWeekdays.Count > 0)
        {
            writer.WriteStartArray("delay_until_weekdays");
            foreach (var day in delay.UntilWeekdays)
            {
                writer.WriteStringValue(Weekdays[(int)day]);
            }

            writer.WriteEndArray();
        }
    }

    private static int Secondary(DefinitionNode node, DefinitionNode unit)
    {
        var value = node.Integer(0, 1_000_000);
        return value == 0 || unit.IsMissing || unit.Text() != "minutes"
            ? value
            : throw node.Error("there is no smaller unit to add to minutes");
    }

    private static string Zone(DefinitionNode node)
    {
        if (node.IsMissing)
        {
            return TimeDelayStep.ProfileZone;
        }

        var name = node.Name();
        return name == TimeDelayStep.ProfileZone || TimeZoneInfo.TryFindSystemTimeZoneById(name, out _)
            ? name
            : throw node.Error($"'{name}' is not a time zone known here, e.g. America/New_York, profile");
    }

    private static TimeOnly? Time(DefinitionNode node)
    {
        if (node.IsMissing)
        {
            return null;
        }

        return TimeOnly.TryParseExact(node.Text(), ["HH:mm", "HH:mm:ss"], out var time)
            ? time
            : throw node.Error($"'{node.Text()}' is not a time of day such as 09:30:00");
    }

    private static ValueList<DayOfWeek> Days(DefinitionNode node)
    {
        return node.IsMissing
            ? []
            : ValueList.Of(node.Items().Select(item => (DayOfWeek)IndexIn(Weekdays, item, "a weekday")));
    }

    private static int IndexIn(string[] words, DefinitionNode node, string what)
    {
        var index = Array.IndexOf(words, node.Text());
        return index >= 0 ? index : throw node.Error($"'{node.Text()}' is not {what}: {string.Join(", ", words)}");
    }
}
