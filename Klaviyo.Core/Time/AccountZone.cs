namespace Klaviyo;

/// <summary>The time zone that decides calendar days, weeks, months and years.</summary>
/// <remarks>
/// <para>Equal when the IANA name is.</para>
/// <para>A local time that the clock skips stands for the first instant after the gap; one that occurs twice stands for
/// the first. A local day begins at the first instant whose local date it is, and never goes back: where the clock is set
/// back over midnight, the repeated minutes belong to the new day.</para>
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record AccountZone
{
    private const long SecondMs = 1_000;
    private const long MinuteMs = 60 * SecondMs;
    private const long HourMs = 60 * MinuteMs;
    private const long DayMs = 24 * HourMs;
    private const long WeekMs = 7 * DayMs;

    // No zone has been further from UTC than this, so a local time and its instant are never further apart.
    private const long OffsetMaxMs = 16 * HourMs;

    private readonly TimeZoneInfo _zone;

    private AccountZone(string name, TimeZoneInfo zone)
    {
        Name = name;
        _zone = zone;
    }

    /// <summary>Gets UTC, the default.</summary>
    public static AccountZone Utc { get; } = new("UTC", TimeZoneInfo.Utc);

    /// <summary>Gets the IANA name, e.g. <c>America/New_York</c>.</summary>
    public string Name { get; }

    /// <summary>Gets the zone of an IANA name.</summary>
    /// <exception cref="ArgumentException">There is no such zone on this machine.</exception>
    public static AccountZone Of(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone)
            ? new AccountZone(name, zone)
            : throw new ArgumentException($"'{name}' is not a time zone known here, e.g. America/New_York.", nameof(name));
    }

    /// <summary>Converts an instant to local wall time.</summary>
    public DateTime ToLocal(Instant instant) => LocalTime(LocalMs(instant.UnixMs));

    /// <summary>Gets the first instant at which the local clock shows a time, or has just passed it in a gap.</summary>
    /// <param name="local">A wall time; its kind is not looked at, finer than a millisecond is dropped.</param>
    public Instant FirstInstantOf(DateTime local) => Occurrences(local).First;

    /// <summary>Gets the start of the local day, ISO week, month or year that contains an instant.</summary>
    /// <param name="unit">For seconds, minutes and hours, the last full one on the local clock.</param>
    /// <param name="at">The instant.</param>
    public Instant StartOf(TimeUnit unit, Instant at)
    {
        return unit switch
        {
            TimeUnit.Second => at.PlusMs(-Remainder(at.UnixMs, SecondMs)),
            TimeUnit.Minute => at.PlusMs(-Remainder(LocalMs(at.UnixMs), MinuteMs)),
            TimeUnit.Hour => at.PlusMs(-Remainder(LocalMs(at.UnixMs), HourMs)),
            _ => FirstInstantOf(FirstDay(unit, DayOf(at))),
        };
    }

    /// <summary>Gets the local day, ISO week, month or year that lies some units after the one that contains an instant.</summary>
    /// <param name="unit">Day, week, month or year.</param>
    /// <param name="at">The instant.</param>
    /// <param name="offset">0 for the unit that contains <paramref name="at"/>, −1 for the one before.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="unit"/> is shorter than a day.</exception>
    public TimeRange UnitOf(TimeUnit unit, Instant at, int offset)
    {
        var day = FirstDay(unit, DayOf(at));
        return new TimeRange(
            FirstInstantOf(PlusUnits(day, offset, unit)),
            FirstInstantOf(PlusUnits(day, offset + 1L, unit)).PlusMs(-1));
    }

    /// <summary>Moves an instant by units; months and years are calendar steps on the local clock.</summary>
    /// <param name="at">The instant.</param>
    /// <param name="quantity">How many units; negative into the past.</param>
    /// <param name="unit">The unit.</param>
    /// <returns>Stays within <see cref="Instant.MinValue"/> and <see cref="Instant.MaxValue"/>.</returns>
    public Instant Plus(Instant at, int quantity, TimeUnit unit)
    {
        return unit switch
        {
            _ when quantity == 0 => at,
            TimeUnit.Second => at.PlusMs(quantity * SecondMs),
            TimeUnit.Minute => at.PlusMs(quantity * MinuteMs),
            TimeUnit.Hour => at.PlusMs(quantity * HourMs),
            TimeUnit.Day => at.PlusMs(quantity * DayMs),
            TimeUnit.Week => at.PlusMs(quantity * WeekMs),
            TimeUnit.Month => FirstInstantOf(PlusMonths(ToLocal(at), quantity)),
            TimeUnit.Year => FirstInstantOf(PlusMonths(ToLocal(at), quantity * 12L)),
            _ => throw new ArgumentOutOfRangeException(nameof(unit), unit, "Not a unit of time."),
        };
    }

    /// <inheritdoc/>
    public bool Equals(AccountZone? other) => other is not null && string.Equals(Name, other.Name, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override int GetHashCode() => string.GetHashCode(Name, StringComparison.Ordinal);

    /// <summary>Writes the IANA name.</summary>
    public override string ToString() => Name;

    // Calendar arithmetic that stays within the years 1 to 9999.
    internal static DateTime PlusMonths(DateTime local, long months)
    {
        var month = (local.Year * 12L) + local.Month - 1 + months;
        return month switch
        {
            < 12 => DateTime.MinValue,
            >= 120_000 => DateTime.MaxValue,
            _ => local.AddMonths((int)months),
        };
    }

    // The local date at an instant. The next day may already have begun, see the remarks of the type.
    internal DateTime DayOf(Instant at)
    {
        var day = ToLocal(at).Date;
        return day < DateTime.MaxValue.Date && FirstInstantOf(day.AddDays(1)) <= at ? day.AddDays(1) : day;
    }

    // Both instants of a local time that occurs twice; otherwise twice the same.
    internal (Instant First, Instant Last) Occurrences(DateTime local)
    {
        var localMs = (local.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMillisecond;
        var before = OffsetMs(localMs - OffsetMaxMs);
        var after = OffsetMs(localMs + OffsetMaxMs);
        var early = localMs - before;
        if (before == after)
        {
            return (At(early), At(early));
        }

        var late = localMs - after;
        var earlyCounts = OffsetMs(early) == before;
        var lateCounts = OffsetMs(late) == after;
        if (!earlyCounts && !lateCounts)
        {
            early = late = Change(late, early);
        }

        return (At(earlyCounts || !lateCounts ? early : late), At(lateCounts || !earlyCounts ? late : early));
    }

    // The instant within a local day at which the offset from UTC changes.
    internal Instant? ClockChange(DateTime day)
    {
        var start = FirstInstantOf(day).UnixMs;
        var end = FirstInstantOf(day.AddDays(1)).UnixMs;
        return OffsetMs(start) == OffsetMs(end) ? null : At(Change(start, end));
    }

    // The smallest local time L so that FirstInstantOf(L) is at or after the instant: just above everything that the clock
    // has shown before. It is not the local time of the instant where the clock was set back within the last hours.
    internal DateTime FirstLocalReaching(Instant instant)
    {
        var last = instant.UnixMs - 1;
        var shown = LocalMs(last);
        var dayBefore = last - DayMs;
        if (OffsetMs(dayBefore) > OffsetMs(last))
        {
            shown = Math.Max(shown, LocalMs(Change(dayBefore, last) - 1));
        }

        return LocalTime(shown + 1);
    }

    private static DateTime FirstDay(TimeUnit unit, DateTime day)
    {
        return unit switch
        {
            TimeUnit.Day => day,
            TimeUnit.Week => day.AddDays(-(((int)day.DayOfWeek + 6) % 7)),
            TimeUnit.Month => new DateTime(day.Year, day.Month, 1),
            TimeUnit.Year => new DateTime(day.Year, 1, 1),
            _ => throw new ArgumentOutOfRangeException(nameof(unit), unit, "A calendar unit is a day, week, month or year."),
        };
    }

    private static DateTime PlusUnits(DateTime day, long units, TimeUnit unit)
    {
        return unit switch
        {
            TimeUnit.Day => PlusDays(day, units),
            TimeUnit.Week => PlusDays(day, units * 7),
            TimeUnit.Month => PlusMonths(day, units),
            _ => PlusMonths(day, units * 12),
        };
    }

    internal static DateTime PlusDays(DateTime day, long days)
    {
        var fits = days <= (DateTime.MaxValue - day).Days && -days <= (day - DateTime.MinValue).Days;
        return fits ? day.AddDays(days) : days < 0 ? DateTime.MinValue : DateTime.MaxValue;
    }

    private static long Remainder(long value, long divisor) => ((value % divisor) + divisor) % divisor;

    private static Instant At(long utcMs) => Instant.FromUnixMs(Clamped(utcMs));

    private static long Clamped(long ms) => Math.Clamp(ms, Instant.MinValue.UnixMs, Instant.MaxValue.UnixMs);

    private static DateTime LocalTime(long localMs) =>
        new(DateTime.UnixEpoch.Ticks + (Clamped(localMs) * TimeSpan.TicksPerMillisecond), DateTimeKind.Unspecified);

    private long LocalMs(long utcMs) => utcMs + OffsetMs(utcMs);

    private long OffsetMs(long utcMs)
    {
        // UTC is the default and needs no look-up.
        return ReferenceEquals(_zone, TimeZoneInfo.Utc)
            ? 0
            : _zone.GetUtcOffset(DateTime.SpecifyKind(LocalTime(utcMs), DateTimeKind.Utc)).Ticks / TimeSpan.TicksPerMillisecond;
    }

    // The first instant with the new offset, in (from, to]; there is one change between them.
    private long Change(long from, long to)
    {
        var offset = OffsetMs(from);
        while (to - from > 1)
        {
            var middle = from + ((to - from) / 2);
            (from, to) = OffsetMs(middle) == offset ? (middle, to) : (from, middle);
        }

        return to;
    }
}
