using System.Globalization;
using System.Text.Json;
using Klaviyo.Json;

namespace Klaviyo.Flows.Definitions.Json;

/// <summary>Date triggers from and to JSON.</summary>
internal static class DateTriggerJson
{
    internal static readonly string[] Units = ["days", "months", "weeks"];

    private static readonly string[] Recurrences = ["annually", "monthly", "never", "weekly"];

    private static readonly string[] Common =
    [
        "type", "date_field_type", "timedelta_unit_before_date", "timedelta_value_before_date", "recurrence_frequency", "timezone",
        "trigger_time", "trigger_days",
    ];

    internal static DateTrigger Read(DefinitionNode node)
    {
        var type = node.Required("date_field_type");
        DateTrigger trigger = type.Text() switch
        {
            "profile-property" => ReadProfile(node),
            "custom-object" => ReadObject(node),
            var other => throw type.Error($"'{other}' is not a type of date: profile-property, custom-object"),
        };
        return trigger with
        {
            Unit = (DateUnit)WordJson.IndexIn(Units, node.Optional("timedelta_unit_before_date"), "a unit before a date", (int)DateUnit.Weeks),
            Before = node.Required("timedelta_value_before_date").Integer(0, 100_000),
            Recurrence = (DateRecurrence)WordJson.IndexIn(
                Recurrences, node.Optional("recurrence_frequency"), "a recurrence", (int)DateRecurrence.Monthly),
            Timezone = LocalTimeJson.Zone(node.Optional("timezone")),
            Time = LocalTimeJson.Time(node.Required("trigger_time"))!.Value,
            Weekdays = LocalTimeJson.Days(node.Optional("trigger_days")),
        };
    }

    internal static void Write(Utf8JsonWriter writer, DateTrigger trigger)
    {
        switch (trigger)
        {
            case ProfileDateTrigger profile:
                writer.WriteString("date_field_type", "profile-property");
                writer.WriteString("date_profile_property", profile.Property.Text);
                break;
            case ObjectDateTrigger related:
                writer.WriteString("date_field_type", "custom-object");
                writer.WriteString("custom_object_label", related.Label);
                WriteProperty(writer, related.Property.Text);
                writer.WriteString("object_type_id", related.ObjectType);
                writer.WriteString("object_type_relationship_id", related.Relation);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(trigger), trigger, "No JSON for this trigger.");
        }

        writer.WriteString("timedelta_unit_before_date", Units[(int)trigger.Unit]);
        writer.WriteNumber("timedelta_value_before_date", trigger.Before);
        writer.WriteString("recurrence_frequency", Recurrences[(int)trigger.Recurrence]);
        writer.WriteString("timezone", trigger.Timezone);
        LocalTimeJson.WriteTime(writer, "trigger_time", trigger.Time);
        LocalTimeJson.WriteDays(writer, "trigger_days", trigger.Weekdays);
    }

    private static ProfileDateTrigger ReadProfile(DefinitionNode node)
    {
        node.Allow([.. Common, "date_profile_property"]);
        return new ProfileDateTrigger(node.Required("date_profile_property").Name());
    }

    private static ObjectDateTrigger ReadObject(DefinitionNode node)
    {
        node.Allow([.. Common, "custom_object_label", "custom_object_property_id", "object_type_id", "object_type_relationship_id"]);
        var property = node.Required("custom_object_property_id");
        return new ObjectDateTrigger(
            node.Required("object_type_id").Name(),
            node.Required("object_type_relationship_id").Name(),
            property.Element.ValueKind == JsonValueKind.Number ? property.Element.GetRawText() : property.Name(),
            node.Required("custom_object_label").Text());
    }

    // A number is Klaviyo's id of a property; ours are named.
    private static void WriteProperty(Utf8JsonWriter writer, string property)
    {
        writer.WritePropertyName("custom_object_property_id");
        if (long.TryParse(property, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
        {
            writer.WriteNumberValue(number);
            return;
        }

        writer.WriteStringValue(property);
    }
}
