using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Re-entry criteria from and to JSON.</summary>
internal static class ReentryJson
{
    private static readonly string[] Units = ["alltime", "hour", "day", "week"];

    internal static ReentryCriteria Read(DefinitionNode node)
    {
        node.Allow("duration", "unit");
        var unit = node.Required("unit");
        var index = Array.IndexOf(Units, unit.Text());
        if (index < 0)
        {
            throw unit.Error($"'{unit.Text()}' is not a unit of re-entry: {string.Join(", ", Units)}");
        }

        var durationMax = index == (int)ReentryUnit.Alltime ? 1 : 1_000_000;
        return new ReentryCriteria(node.Required("duration").Integer(0, durationMax), (ReentryUnit)index);
    }

    internal static void Write(Utf8JsonWriter writer, ReentryCriteria reentry)
    {
        writer.WriteStartObject("reentry_criteria");
        writer.WriteNumber("duration", reentry.Duration);
        writer.WriteString("unit", Units[(int)reentry.Unit]);
        writer.WriteEndObject();
    }
}
