using Klaviyo;

namespace QuickStart.Shop;

/// <summary>How busy the shop is: by the season, the day of the week and the hour.</summary>
internal static class Season
{
    private const double MsPerHour = 3_600_000;

    // Visits by hour of the day, UTC: quiet at night in America, busiest in its evening.
    private static readonly double[] Hours =
        [7, 7, 6, 5, 4, 3, 2, 1, 1, 1, 2, 2, 3, 4, 5, 6, 6, 6, 6, 6, 7, 7, 7, 8];

    private static readonly double HoursTotal = Hours.Sum();

    /// <summary>How many visits a day sees, compared with an ordinary day.</summary>
    internal static double Traffic(Instant day, double ofTheYear)
    {
        var date = day.ToDateTimeOffset();
        var growth = 1 + 0.35 * ofTheYear;
        var weekday = date.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 1.3 : 0.92;
        return growth * weekday * Feast(date.Month, date.Day);
    }

    /// <summary>How much more likely a visit ends with an order.</summary>
    internal static double Mood(Instant day)
    {
        var date = day.ToDateTimeOffset();
        return date.Month == 11 && date.Day is >= 27 ? 1.6 : date.Month == 12 && date.Day <= 22 ? 1.25 : 1;
    }

    internal static double HourOfDayMs(Dice dice)
    {
        var ticket = dice.Next() * HoursTotal;
        var hour = 0;
        while (ticket >= Hours[hour])
        {
            ticket -= Hours[hour++];
        }

        return (hour + ticket / Hours[hour]) * MsPerHour;
    }

    // Black Friday of 2025 is 28 November, Cyber Monday 1 December.
    private static double Feast(int month, int day)
    {
        return (month, day) switch
        {
            (11, 28) => 4.5,
            (11, 29 or 30) => 2.6,
            (12, 1) => 3.4,
            (11, >= 20) => 1.8,
            (12, <= 22) => 2.1,
            (12, _) => 0.6,
            (1 or 2, _) => 0.8,
            (7 or 8, _) => 0.85,
            _ => 1,
        };
    }
}
