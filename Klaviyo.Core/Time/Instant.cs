using System.Globalization;

namespace Klaviyo;

/// <summary>A point in time in UTC, in whole milliseconds since 1970-01-01.</summary>
/// <remarks>
/// <para>Finer input is truncated toward the past. The default value is 1970-01-01T00:00:00.000Z.</para>
/// <para>Converts implicitly from <see cref="DateTimeOffset"/>, so that hosts can pass one wherever an instant is asked for,
/// and compare the two. The way back is explicit: were both implicit, no comparison would know which to take.</para>
/// </remarks>
/// <threadsafety>This type is an immutable value type.</threadsafety>
public readonly record struct Instant : IComparable<Instant>
{
    private const long MinMs = -62_135_596_800_000;
    private const long MaxMs = 253_402_300_799_999;

    private Instant(long unixMs) => UnixMs = unixMs;

    /// <summary>Gets the earliest instant, 0001-01-01T00:00:00.000Z.</summary>
    public static Instant MinValue => new(MinMs);

    /// <summary>Gets the latest instant, 9999-12-31T23:59:59.999Z.</summary>
    public static Instant MaxValue => new(MaxMs);

    /// <summary>Gets the milliseconds since 1970-01-01T00:00:00Z.</summary>
    /// <value>Negative before 1970.</value>
    public long UnixMs { get; }

    /// <summary>Converts a <see cref="DateTimeOffset"/>, dropping what is finer than a millisecond.</summary>
    public static implicit operator Instant(DateTimeOffset value) => FromDateTimeOffset(value);

    /// <summary>Converts to a <see cref="DateTimeOffset"/> with offset zero.</summary>
    public static explicit operator DateTimeOffset(Instant value) => value.ToDateTimeOffset();

    /// <summary>Tells whether the left instant is earlier.</summary>
    public static bool operator <(Instant left, Instant right) => left.UnixMs < right.UnixMs;

    /// <summary>Tells whether the left instant is later.</summary>
    public static bool operator >(Instant left, Instant right) => left.UnixMs > right.UnixMs;

    /// <summary>Tells whether the left instant is earlier or the same.</summary>
    public static bool operator <=(Instant left, Instant right) => left.UnixMs <= right.UnixMs;

    /// <summary>Tells whether the left instant is later or the same.</summary>
    public static bool operator >=(Instant left, Instant right) => left.UnixMs >= right.UnixMs;

    /// <summary>Creates an instant from milliseconds since 1970.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Outside the years 1 to 9999.</exception>
    public static Instant FromUnixMs(long unixMs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(unixMs, MinMs);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(unixMs, MaxMs);
        return new Instant(unixMs);
    }

    /// <summary>Converts a <see cref="DateTimeOffset"/>, dropping what is finer than a millisecond.</summary>
    public static Instant FromDateTimeOffset(DateTimeOffset value) => new(value.ToUnixTimeMilliseconds());

    /// <summary>Reads ISO 8601 text: a date, or a date and time; without an offset it is UTC.</summary>
    /// <remarks>
    /// <para><c>2026-11-23</c>, or <c>2026-11-23T08:30[:15[.123]]</c>, with a <c>T</c> or one space, and behind it <c>Z</c>,
    /// <c>±hh:mm</c>, <c>±hhmm</c>, <c>±hh</c> or nothing. The fraction has any number of digits; 24:00 is the beginning of the
    /// next day. Nothing else is read, whatever the culture: no other form of a date, no name of a zone, no space around it.</para>
    /// <para>Allocates nothing.</para>
    /// </remarks>
    /// <returns><see langword="false"/> if <paramref name="text"/> is anything else.</returns>
    public static bool TryParse(string? text, out Instant value)
    {
        var isInstant = IsoText.TryParse(text.AsSpan(), out var unixMs);
        value = new Instant(unixMs);
        return isInstant;
    }

    internal static bool TryParse(ReadOnlySpan<byte> utf8, out Instant value)
    {
        var isInstant = IsoText.TryParse(utf8, out var unixMs);
        value = new Instant(unixMs);
        return isInstant;
    }

    /// <summary>Reads ISO 8601 text: a date, or a date and time; without an offset it is UTC.</summary>
    /// <exception cref="FormatException"><paramref name="text"/> is not ISO 8601.</exception>
    public static Instant Parse(string text)
    {
        return TryParse(text, out var value)
            ? value
            : throw new FormatException($"'{text}' is not an ISO 8601 instant such as 2026-11-23T08:30:00Z.");
    }

    /// <summary>Converts to a <see cref="DateTimeOffset"/> with offset zero.</summary>
    public DateTimeOffset ToDateTimeOffset() => DateTimeOffset.FromUnixTimeMilliseconds(UnixMs);

    /// <summary>Moves by milliseconds; stays within <see cref="MinValue"/> and <see cref="MaxValue"/>.</summary>
    public Instant PlusMs(long ms)
    {
        // Saturating, because "in the last 9999 years" means "ever" and must not throw.
        var sum = unchecked(UnixMs + ms);
        var overflowed = ((UnixMs ^ sum) & (ms ^ sum)) < 0;
        return overflowed ? (ms < 0 ? MinValue : MaxValue) : new Instant(Math.Clamp(sum, MinMs, MaxMs));
    }

    /// <summary>Moves by a duration, which is truncated to whole milliseconds.</summary>
    public Instant Plus(TimeSpan duration) => PlusMs(duration.Ticks / TimeSpan.TicksPerMillisecond);

    /// <inheritdoc/>
    public int CompareTo(Instant other) => UnixMs.CompareTo(other.UnixMs);

    /// <summary>Writes ISO 8601 with milliseconds, e.g. <c>2026-11-23T08:30:00.000Z</c>.</summary>
    public override string ToString() =>
        ToDateTimeOffset().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
