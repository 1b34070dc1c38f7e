using System.Globalization;

namespace Klaviyo;

/// <summary>Calendar dates of values, and steps between them, within the years 1 to 9999.</summary>
internal static class LocalDate
{
    /// <summary>Gets the date that a value means in a zone; null where it is none.</summary>
    /// <remarks>A text without a time of day is a calendar date whatever the zone.</remarks>
    internal static DateTime? Of(PropertyValue value, AccountZone zone)
    {
        return value.Kind switch
        {
            PropertyKind.Instant => zone.ToLocal(value.AsInstant()).Date,
            PropertyKind.String => OfText(value.AsString(), zone),
            _ => null,
        };
    }

    /// <summary>Moves a date by units; a month without the day ends earlier.</summary>
    internal static DateTime Plus(DateTime date, int quantity, DateUnit unit)
    {
        return unit switch
        {
            DateUnit.Days => PlusDays(date, quantity),
            DateUnit.Weeks => PlusDays(date, quantity * 7L),
            DateUnit.Months => PlusMonths(date, quantity),
            _ => throw new InvalidOperationException($"Unknown unit {unit}."),
        };
    }

    /// <summary>Moves a date by days.</summary>
    internal static DateTime PlusDays(DateTime date, long days)
    {
        var fits = days <= (DateTime.MaxValue.Date - date).Days && -days <= (date - DateTime.MinValue).Days;
        return fits ? date.AddDays(days) : days < 0 ? DateTime.MinValue : DateTime.MaxValue.Date;
    }

    /// <summary>Moves a date by months.</summary>
    internal static DateTime PlusMonths(DateTime date, long months)
    {
        var month = (date.Year * 12L) + date.Month - 1 + months;
        return month switch
        {
            < 12 => DateTime.MinValue,
            >= 120_000 => DateTime.MaxValue.Date,
            _ => date.AddMonths((int)months),
        };
    }

    private static DateTime? OfText(string text, AccountZone zone)
    {
        if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return date.ToDateTime(TimeOnly.MinValue);
        }

        return Instant.TryParse(text, out var instant) ? zone.ToLocal(instant).Date : null;
    }
}
