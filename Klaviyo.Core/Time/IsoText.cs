using System.Numerics;

namespace Klaviyo;

// An instant as text: the extended form of ISO 8601, with what RFC 3339 allows beside it.
//
//   instant = date [ ( "T" / "t" / " " ) hh ":" mm [ ":" ss [ ( "." / "," ) 1*digit ] ] [ zone ] ]
//   date    = yyyy "-" mm "-" dd                 a day that there is, from the year 1 on
//   zone    = "Z" / "z" / ( "+" / "-" ) hh [ [ ":" ] mm ]         at most 14 hours; none is UTC
//
// 24:00 is the beginning of the next day. A leap second is none of our instants. Digits are those of ASCII, whatever the culture;
// what is finer than a millisecond is cut off, so that an instant never moves into the future. Characters and bytes are read
// alike, without an allocation.
internal static class IsoText
{
    private const int DateLength = 10;
    private const long MinuteMs = 60_000;
    private const int OffsetMinutesMax = 14 * 60;

    internal static bool TryParse<T>(ReadOnlySpan<T> text, out long unixMs)
        where T : unmanaged, IBinaryInteger<T>
    {
        unixMs = 0;
        if (text.Length < DateLength || !TryReadDate(text, out var ms))
        {
            return false;
        }

        if (text.Length > DateLength)
        {
            var rest = text[(DateLength + 1)..];
            if (!(Is(text[DateLength], 'T') || Is(text[DateLength], 't') || Is(text[DateLength], ' '))
                || !TryReadTime(ref rest, out var timeMs)
                || !TryReadZone(rest, out var offsetMinutes))
            {
                return false;
            }

            ms += timeMs - (offsetMinutes * MinuteMs);
        }

        // An offset, or 24:00, can lead out of the years that there are.
        if (ms < Instant.MinValue.UnixMs || ms > Instant.MaxValue.UnixMs)
        {
            return false;
        }

        unixMs = ms;
        return true;
    }

    private static bool TryReadDate<T>(ReadOnlySpan<T> text, out long ms)
        where T : unmanaged, IBinaryInteger<T>
    {
        ms = 0;
        var (century, inCentury, month, day) = (Two(text, 0), Two(text, 2), Two(text, 5), Two(text, 8));
        var year = (century * 100) + inCentury;
        if (century < 0 || inCentury < 0 || year < 1 || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || !Is(text[4], '-') || !Is(text[7], '-'))
        {
            return false;
        }

        ms = (new DateTime(year, month, day, 0, 0, 0, DateTimeKind.Utc).Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond;
        return true;
    }

    // Leaves the rest behind the time.
    private static bool TryReadTime<T>(ref ReadOnlySpan<T> text, out long ms)
        where T : unmanaged, IBinaryInteger<T>
    {
        const int minutesLength = 5;
        const int secondsLength = 8;
        ms = 0;
        if (text.Length < minutesLength || !Is(text[2], ':'))
        {
            return false;
        }

        var (hour, minute, second) = (Two(text, 0), Two(text, 3), 0);
        var length = minutesLength;
        if (text.Length > minutesLength && Is(text[minutesLength], ':'))
        {
            second = text.Length >= secondsLength ? Two(text, minutesLength + 1) : -1;
            length = secondsLength;
        }

        if (hour is < 0 or > 24 || minute is < 0 or > 59 || second is < 0 or > 59)
        {
            return false;
        }

        text = text[length..];
        var fractionMs = 0;
        var isWhole = length == minutesLength || text.IsEmpty || !(Is(text[0], '.') || Is(text[0], ','));
        if (!isWhole && !TryReadFraction(ref text, out fractionMs))
        {
            return false;
        }

        ms = (((hour * 60L) + minute) * MinuteMs) + (second * 1000) + fractionMs;
        return ms <= 24 * 60 * MinuteMs;
    }

    private static bool TryReadFraction<T>(ref ReadOnlySpan<T> text, out int ms)
        where T : unmanaged, IBinaryInteger<T>
    {
        ms = 0;
        var end = 1;
        for (var unit = 100; end < text.Length && Digit(text[end]) is >= 0 and var digit; end++)
        {
            ms += digit * unit;
            unit /= 10;
        }

        text = text[end..];
        return end > 1;
    }

    private static bool TryReadZone<T>(ReadOnlySpan<T> text, out int offsetMinutes)
        where T : unmanaged, IBinaryInteger<T>
    {
        offsetMinutes = 0;
        if (text.Length <= 1)
        {
            return text.IsEmpty || Is(text[0], 'Z') || Is(text[0], 'z');
        }

        var isBehind = Is(text[0], '-');
        var (hour, minute) = text.Length switch
        {
            3 => (Two(text, 1), 0),
            5 => (Two(text, 1), Two(text, 3)),
            6 when Is(text[3], ':') => (Two(text, 1), Two(text, 4)),
            _ => (-1, -1),
        };
        offsetMinutes = ((hour * 60) + minute) * (isBehind ? -1 : 1);
        return (isBehind || Is(text[0], '+')) && hour >= 0 && minute is >= 0 and < 60 && Math.Abs(offsetMinutes) <= OffsetMinutesMax;
    }

    // Negative where one of the two is no digit.
    private static int Two<T>(ReadOnlySpan<T> text, int index)
        where T : unmanaged, IBinaryInteger<T>
    {
        var (tens, ones) = (Digit(text[index]), Digit(text[index + 1]));
        return (tens | ones) < 0 ? -1 : (tens * 10) + ones;
    }

    private static int Digit<T>(T character)
        where T : unmanaged, IBinaryInteger<T>
    {
        var digit = int.CreateTruncating(character) - '0';
        return digit is >= 0 and <= 9 ? digit : -1;
    }

    private static bool Is<T>(T character, char expected)
        where T : unmanaged, IBinaryInteger<T> => int.CreateTruncating(character) == expected;
}
