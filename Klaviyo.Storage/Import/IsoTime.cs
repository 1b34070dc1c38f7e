using System.Text;

namespace Klaviyo.Storage.Import;

/// <summary>Reads ISO 8601 from bytes.</summary>
/// <remarks>
/// The form that machines write, <c>2026-11-23T08:30:00[.fraction](Z|±hh:mm|)</c>, is read by hand; any other is left
/// to <see cref="Instant.TryParse"/>, which decides. Both give the same answer where both give one.
/// </remarks>
internal static class IsoTime
{
    private const int SecondsEnd = 19;
    private const int FractionDigitsMax = 7;
    private const int LengthMax = 64;

    internal static bool TryParse(ReadOnlySpan<byte> utf8, out Instant instant)
    {
        if (TryParseUsual(utf8, out var unixMs))
        {
            instant = Instant.FromUnixMs(unixMs);
            return true;
        }

        instant = default;
        return utf8.Length <= LengthMax && Instant.TryParse(Encoding.UTF8.GetString(utf8), out instant);
    }

    private static bool TryParseUsual(ReadOnlySpan<byte> utf8, out long unixMs)
    {
        unixMs = 0;
        if (utf8.Length < SecondsEnd
            || utf8[4] != '-' || utf8[7] != '-' || utf8[10] != 'T' || utf8[13] != ':' || utf8[16] != ':')
        {
            return false;
        }

        var valid = Number(utf8[..4], out var year)
            & Number(utf8[5..7], out var month)
            & Number(utf8[8..10], out var day)
            & Number(utf8[11..13], out var hour)
            & Number(utf8[14..16], out var minute)
            & Number(utf8[17..19], out var second);

        // The first and last year are left to the slow way: an offset could lead out of what an Instant holds.
        if (!valid || year is < 2 or > 9998 || month is < 1 or > 12 || hour > 23 || minute > 59 || second > 59
            || day < 1 || day > DateTime.DaysInMonth(year, month)
            || !TryParseRest(utf8[SecondsEnd..], out var fractionMs, out var offsetMinutes))
        {
            return false;
        }

        var time = new DateTime(year, month, day, hour, minute, second, DateTimeKind.Utc);
        unixMs = ((time - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond) + fractionMs - (offsetMinutes * 60_000L);
        return true;
    }

    private static bool TryParseRest(ReadOnlySpan<byte> rest, out int fractionMs, out int offsetMinutes)
    {
        fractionMs = 0;
        offsetMinutes = 0;
        if (rest.Length > 0 && rest[0] == '.')
        {
            var end = 1;
            while (end < rest.Length && rest[end] is >= (byte)'0' and <= (byte)'9')
            {
                // What is finer than a millisecond is dropped.
                fractionMs = end <= 3 ? (fractionMs * 10) + rest[end] - '0' : fractionMs;
                end++;
            }

            if (end is 1 or > FractionDigitsMax + 1)
            {
                return false;
            }

            fractionMs *= end switch { 2 => 100, 3 => 10, _ => 1 };
            rest = rest[end..];
        }

        return rest.Length switch
        {
            0 => true,
            1 => rest[0] == 'Z',
            6 => TryParseOffset(rest, out offsetMinutes),
            _ => false,
        };
    }

    private static bool TryParseOffset(ReadOnlySpan<byte> text, out int minutes)
    {
        var valid = Number(text[1..3], out var hour) & Number(text[4..6], out var minute)
            && text[0] is (byte)'+' or (byte)'-' && text[3] == ':' && hour < 14 && minute < 60;
        minutes = ((hour * 60) + minute) * (text[0] == '-' ? -1 : 1);
        return valid;
    }

    private static bool Number(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (digit is < (byte)'0' or > (byte)'9')
            {
                return false;
            }

            number = (number * 10) + digit - '0';
        }

        return true;
    }
}
