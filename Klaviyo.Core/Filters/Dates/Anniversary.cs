namespace Klaviyo;

internal static class Anniversary
{
    // The same wall time in another year; 29 Feb becomes 28 Feb in a common year.
    internal static DateTime InYear(DateTime local, int year) =>
        local.AddYears(Math.Clamp(year, DateTime.MinValue.Year, DateTime.MaxValue.Year) - local.Year);
}
