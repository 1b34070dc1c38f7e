namespace Klaviyo.Flows.Timers;

/// <summary>The lengths of the units that do not depend on a calendar, in milliseconds.</summary>
internal static class Lengths
{
    internal const long MinuteMs = 60_000;
    internal const long HourMs = 60 * MinuteMs;
    internal const long DayMs = 24 * HourMs;
    internal const long WeekMs = 7 * DayMs;
}
