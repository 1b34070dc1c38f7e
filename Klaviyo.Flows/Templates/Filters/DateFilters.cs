using System.Buffers;
using System.Globalization;
using System.Text;

namespace Klaviyo.Flows.Templates.Filters;

/// <summary>Dates as text, by the directives of strftime; by Django's letters where there is none of those.</summary>
/// <remarks>
/// An instant, a number of seconds since 1970, and text that names an offset are shown in the profile's zone. Text without an
/// offset is a wall time and is shown as it is. <c>now</c> and <c>today</c> are the instant for which the message is made.
/// What is no date stays as it is.
/// </remarks>
internal static class DateFilters
{
    private const int FormatLengthMax = 1000;
    private static readonly SearchValues<char> Padded = SearchValues.Create("0123456789 ");

    internal static IReadOnlyList<TemplateFilter> All { get; } = [new("date", 1, 1, Date)];

    private static TemplateValue Date(in FilterContext call, TemplateValue value, ReadOnlySpan<TemplateValue> arguments)
    {
        var format = call.Text(arguments, 0);
        if (format.Length == 0 || format.Length > FormatLengthMax || !TryRead(value, call.Run.Data, out var local))
        {
            return value;
        }

        if (!format.Contains('%', StringComparison.Ordinal))
        {
            return TemplateValue.Of(DjangoDate.Text(format, local));
        }

        var output = new StringBuilder();
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i == format.Length - 1)
            {
                output.Append(format[i]);
                continue;
            }

            i = Directive(format, i + 1, local, output);
        }

        return TemplateValue.Of(output.ToString());
    }

    private static bool TryRead(TemplateValue value, TemplateData data, out DateTimeOffset local)
    {
        switch (value.Kind)
        {
            case TemplateValueKind.Instant:
                local = Local(value.AsInstant, data.Zone);
                return true;
            case TemplateValueKind.Integer:
                return TrySeconds(value.AsInteger, data.Zone, out local);
            case TemplateValueKind.Float when Math.Abs(value.AsFloat) < 1e15:
                return TrySeconds((long)value.AsFloat, data.Zone, out local);
            case TemplateValueKind.Text:
                return TryReadText(value.AsText.Trim(), data, out local);
            default:
                local = default;
                return false;
        }
    }

    private static bool TryReadText(string text, TemplateData data, out DateTimeOffset local)
    {
        local = default;
        if (text is "now" or "today")
        {
            local = Local(data.At, data.Zone);
            return true;
        }

        if (text.Length > 0 && text.AsSpan().IndexOfAnyExceptInRange('0', '9') < 0)
        {
            return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                && TrySeconds(seconds, data.Zone, out local);
        }

        // A wall time keeps its own clock; with an offset it is an instant.
        if (text is not [_, _, _, ..] || text[0] == '-'
            || !DateTime.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out var read))
        {
            return false;
        }

        local = read.Kind == DateTimeKind.Unspecified
            ? Clamped(read)
            : Local(new DateTimeOffset(read.ToUniversalTime()), data.Zone);
        return true;
    }

    private static bool TrySeconds(long seconds, AccountZone zone, out DateTimeOffset local)
    {
        var fits = seconds is > -62_135_596_800 and < 253_402_300_800;
        local = fits ? Local(Instant.FromUnixMs(seconds * 1000), zone) : default;
        return fits;
    }

    private static DateTimeOffset Local(Instant at, AccountZone zone)
    {
        var wall = zone.ToLocal(at);
        var offset = TimeSpan.FromMinutes(Math.Round((wall - at.ToDateTimeOffset().UtcDateTime).TotalMinutes));
        return new DateTimeOffset(DateTime.SpecifyKind(wall, DateTimeKind.Unspecified), offset);
    }

    private static DateTimeOffset Clamped(DateTime wall) => new(DateTime.SpecifyKind(wall, DateTimeKind.Unspecified), TimeSpan.Zero);

    // A directive: flags, a width, a letter. Returns where it ends.
    private static int Directive(string format, int at, DateTimeOffset local, StringBuilder output)
    {
        const int WidthMax = 32;
        var start = at;
        var (flag, width) = ('\0', 0);
        while (at < format.Length - 1 && format[at] is '-' or '_' or '0' or '^' or '#' or ':')
        {
            flag = format[at++];
        }

        while (at < format.Length - 1 && char.IsAsciiDigit(format[at]))
        {
            width = Math.Min((width * 10) + (format[at++] - '0'), WidthMax);
        }

        var text = Of(format[at], local);
        if (text is null)
        {
            output.Append('%').Append(format, start, at - start + 1);
            return at;
        }

        var isNumber = text.Length > 0 && char.IsAsciiDigit(text[^1]) && text.AsSpan().IndexOfAnyExcept(Padded) < 0;
        text = flag switch
        {
            '-' when isNumber => text.TrimStart('0', ' ') is { Length: > 0 } trimmed ? trimmed : "0",
            '_' when isNumber => text.TrimStart('0', ' ').PadLeft(text.Length),
            '0' when isNumber => text.Replace(' ', '0'),
            '^' => text.ToUpperInvariant(),
            '#' => text.ToUpperInvariant(),
            ':' when format[at] == 'z' => text.Insert(3, ":"),
            _ => text,
        };
        output.Append(isNumber && flag != '_' ? text.PadLeft(width, '0') : text.PadLeft(width));
        return at;
    }

    private static string? Of(char directive, DateTimeOffset local)
    {
        var invariant = CultureInfo.InvariantCulture;
        var hour12 = (local.Hour + 11) % 12 + 1;
        return directive switch
        {
            'Y' => local.Year.ToString("D4", invariant),
            'C' => (local.Year / 100).ToString("D2", invariant),
            'y' => (local.Year % 100).ToString("D2", invariant),
            'm' => local.ToString("MM", invariant),
            'B' => local.ToString("MMMM", invariant),
            'b' or 'h' => local.ToString("MMM", invariant),
            'd' => local.ToString("dd", invariant),
            'e' => local.Day.ToString(invariant).PadLeft(2),
            'j' => local.DayOfYear.ToString("D3", invariant),
            'H' => local.ToString("HH", invariant),
            'k' => local.Hour.ToString(invariant).PadLeft(2),
            'I' => hour12.ToString("D2", invariant),
            'l' => hour12.ToString(invariant).PadLeft(2),
            'M' => local.ToString("mm", invariant),
            'S' => local.ToString("ss", invariant),
            'L' => local.ToString("fff", invariant),
            'N' => local.ToString("fffffff", invariant) + "00",
            'z' => local.ToString("zzz", invariant).Replace(":", "", StringComparison.Ordinal),
            'Z' => local.Offset == TimeSpan.Zero ? "UTC" : local.ToString("zzz", invariant),
            'A' => local.ToString("dddd", invariant),
            'a' => local.ToString("ddd", invariant),
            'u' => (((int)local.DayOfWeek + 6) % 7 + 1).ToString(invariant),
            'w' => ((int)local.DayOfWeek).ToString(invariant),
            'G' => ISOWeek.GetYear(local.DateTime).ToString("D4", invariant),
            'g' => (ISOWeek.GetYear(local.DateTime) % 100).ToString("D2", invariant),
            'V' => ISOWeek.GetWeekOfYear(local.DateTime).ToString("D2", invariant),
            'U' => ((local.DayOfYear + 6 - (int)local.DayOfWeek) / 7).ToString("D2", invariant),
            'W' => ((local.DayOfYear + 6 - (((int)local.DayOfWeek + 6) % 7)) / 7).ToString("D2", invariant),
            's' => local.ToUnixTimeSeconds().ToString(invariant),
            'p' => local.Hour < 12 ? "AM" : "PM",
            'P' => local.Hour < 12 ? "am" : "pm",
            'n' => "\n",
            't' => "\t",
            '%' => "%",
            'F' => local.ToString("yyyy-MM-dd", invariant),
            'D' or 'x' => local.ToString("MM'/'dd'/'yy", invariant),
            'T' or 'X' => local.ToString("HH':'mm':'ss", invariant),
            'R' => local.ToString("HH':'mm", invariant),
            'r' => $"{hour12:D2}:{local:mm}:{local:ss} {(local.Hour < 12 ? "AM" : "PM")}",
            'c' => $"{Of('a', local)} {Of('b', local)} {Of('e', local)} {Of('T', local)} {Of('Y', local)}",
            'v' => $"{Of('e', local)}-{Of('b', local)!.ToUpperInvariant()}-{Of('Y', local)}",
            _ => null,
        };
    }
}
