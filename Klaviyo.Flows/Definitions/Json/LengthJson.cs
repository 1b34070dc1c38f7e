using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Lengths of time from and to JSON: <c>{"unit": "hours", "value": 4}</c>.</summary>
internal static class LengthJson
{
    private static readonly string[] Units = ["weeks", "days", "hours", "minutes", "seconds"];
    private static readonly long[] Lengths = [Timers.Lengths.WeekMs, Timers.Lengths.DayMs, Timers.Lengths.HourMs, Timers.Lengths.MinuteMs, 1000];

    internal static long Read(DefinitionNode node)
    {
        node.Allow("unit", "value");
        var unit = WordJson.IndexIn(Units, node.Required("unit"), "a unit of time");
        return node.Required("value").Integer(0, 1_000_000) * Lengths[unit];
    }

    internal static void Write(Utf8JsonWriter writer, string name, long lengthMs)
    {
        // The greatest unit that says it whole; a week is said in days.
        var unit = Array.FindIndex(Lengths, 1, l => lengthMs % l == 0);
        writer.WriteStartObject(name);
        writer.WriteString("unit", Units[unit]);
        writer.WriteNumber("value", lengthMs / Lengths[unit]);
        writer.WriteEndObject();
    }
}
