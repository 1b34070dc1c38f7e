using System.Globalization;
using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Zones, times of day and weekdays from and to JSON.</summary>
internal static class LocalTimeJson
{
    private static readonly string[] Weekdays =
        ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

    /// <summary>Reads a zone; where it is missing, the profile's own.</summary>
    internal static string Zone(DefinitionNode node)
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

    /// <summary>Reads a time of day that may be missing.</summary>
    internal static TimeOnly? Time(DefinitionNode node)
    {
        if (node.IsMissing)
        {
            return null;
        }

        return TimeOnly.TryParseExact(node.Text(), ["HH:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time)
            ? time
            : throw node.Error($"'{node.Text()}' is not a time of day such as 09:30:00");
    }

    /// <summary>Reads weekdays; missing are all.</summary>
    internal static ValueList<DayOfWeek> Days(DefinitionNode node)
    {
        return node.IsMissing
            ? []
            : ValueList.Of(node.Items().Select(item => (DayOfWeek)WordJson.IndexIn(Weekdays, item, "a weekday")));
    }

    /// <summary>Writes a time of day.</summary>
    internal static void WriteTime(Utf8JsonWriter writer, string name, TimeOnly? time)
    {
        if (time is { } known)
        {
            writer.WriteString(name, known.ToString("HH:mm:ss", CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Writes weekdays, if not all.</summary>
    internal static void WriteDays(Utf8JsonWriter writer, string name, ValueList<DayOfWeek> days)
    {
        if (days.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (var day in days)
        {
            writer.WriteStringValue(Weekdays[(int)day]);
        }

        writer.WriteEndArray();
    }
}
