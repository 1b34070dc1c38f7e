using System.Globalization;
using System.Text;

namespace Klaviyo.Flows.Templates.Filters;

/// <summary>Dates as text by the letters of Django, as Klaviyo's templates have them: <c>F d, Y</c>.</summary>
/// <remarks>The letters of https://docs.djangoproject.com/en/5.2/ref/templates/builtins/#date; a backslash makes a letter of text.</remarks>
internal static class DjangoDate
{
    internal static string Text(string format, DateTimeOffset local)
    {
        var output = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] == '\\' && i + 1 < format.Length)
            {
                output.Append(format[++i]);
                continue;
            }

            output.Append(Of(format[i], local) ?? format[i].ToString());
        }

        return output.ToString();
    }

    private static string? Of(char letter, DateTimeOffset local)
    {
        var invariant = CultureInfo.InvariantCulture;
        var hour12 = ((local.Hour + 11) % 12) + 1;
        return letter switch
        {
            'd' => local.ToString("dd", invariant),
            'j' => local.Day.ToString(invariant),
            'D' => local.ToString("ddd", invariant),
            'l' => local.ToString("dddd", invariant),
            'S' => Ordinal(local.Day),
            'w' => ((int)local.DayOfWeek).ToString(invariant),
            'z' => local.DayOfYear.ToString(invariant),
            'W' => ISOWeek.GetWeekOfYear(local.DateTime).ToString(invariant),
            'm' => local.ToString("MM", invariant),
            'n' => local.Month.ToString(invariant),
            'M' => local.ToString("MMM", invariant),
            'b' => local.ToString("MMM", invariant).ToLowerInvariant(),
            'F' => local.ToString("MMMM", invariant),
            'E' => local.ToString("MMMM", invariant),
            'N' => PressMonth(local),
            't' => DateTime.DaysInMonth(local.Year, local.Month).ToString(invariant),
            'y' => local.ToString("yy", invariant),
            'Y' => local.ToString("yyyy", invariant),
            'L' => DateTime.IsLeapYear(local.Year) ? "True" : "False",
            'o' => ISOWeek.GetYear(local.DateTime).ToString(invariant),
            'g' => hour12.ToString(invariant),
            'G' => local.Hour.ToString(invariant),
            'h' => hour12.ToString("D2", invariant),
            'H' => local.ToString("HH", invariant),
            'i' => local.ToString("mm", invariant),
            's' => local.ToString("ss", invariant),
            'u' => local.ToString("ffffff", invariant),
            'a' => local.Hour < 12 ? "a.m." : "p.m.",
            'A' => local.Hour < 12 ? "AM" : "PM",
            'f' => ShortTime(local, hour12),
            'P' => (local.Hour, local.Minute) switch
            {
                (0, 0) => "midnight",
                (12, 0) => "noon",
                _ => $"{ShortTime(local, hour12)} {Of('a', local)}",
            },
            'O' => local.ToString("zzz", invariant).Replace(":", "", StringComparison.Ordinal),
            'e' or 'T' => local.Offset == TimeSpan.Zero ? "UTC" : local.ToString("zzz", invariant),
            'Z' => ((int)local.Offset.TotalSeconds).ToString(invariant),
            'c' => local.ToString("yyyy-MM-dd'T'HH:mm:sszzz", invariant),
            'r' => local.ToString("ddd, d MMM yyyy HH:mm:ss ", invariant) + Of('O', local),
            'U' => local.ToUnixTimeSeconds().ToString(invariant),
            _ => null,
        };
    }

    private static string ShortTime(DateTimeOffset local, int hour12) =>
        hour12.ToString(CultureInfo.InvariantCulture) + (local.Minute == 0 ? "" : local.ToString("':'mm", CultureInfo.InvariantCulture));

    private static string Ordinal(int day)
    {
        return (day % 10, day) switch
        {
            (1, not 11) => "st",
            (2, not 12) => "nd",
            (3, not 13) => "rd",
            _ => "th",
        };
    }

    // The months as the Associated Press shortens them.
    private static string PressMonth(DateTimeOffset local)
    {
        return local.Month switch
        {
            >= 3 and <= 7 => local.ToString("MMMM", CultureInfo.InvariantCulture),
            9 => "Sept.",
            _ => local.ToString("MMM", CultureInfo.InvariantCulture) + ".",
        };
    }
}
