using Klaviyo.Flows.Timers;

namespace Klaviyo;

/// <summary>Waits for a time, and then, if asked, until a local time of day or a weekday.</summary>
/// <remarks>
/// A delay of n days ends n · 24 h after it began. With a time or weekdays it ends at the first instant at or after that
/// which satisfies both in the zone. A local time that the clocks skip is the first instant after the gap; one that occurs
/// twice is the first. Of the profile's own zone it is the one that the profile has then: who moves while the run waits moves the
/// end as well, to the first instant from then on.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record TimeDelayStep : Step, ILocalWait
{
    /// <summary>The zone that stands for the profile's own.</summary>
    public const string ProfileZone = "profile";

    /// <inheritdoc/>
    public override string Type => "time-delay";

    /// <summary>Gets the unit of <see cref="Value"/>. The default is days.</summary>
    public DelayUnit Unit { get; init; }

    /// <summary>Gets how many units to wait. Not negative.</summary>
    public int Value { get; init; }

    /// <summary>Gets how much to add, in the next smaller unit: hours to days, minutes to hours. Not negative.</summary>
    public int? SecondaryValue { get; init; }

    /// <summary>Gets the zone of <see cref="UntilTime"/> and <see cref="UntilWeekdays"/>.</summary>
    /// <value>
    /// An IANA name, or <c>profile</c>, the default: the profile's <c>location.timezone</c>, else the account's zone.
    /// </value>
    public string Timezone { get; init; } = ProfileZone;

    /// <summary>Gets the local time of day until which to wait further; null for none.</summary>
    public TimeOnly? UntilTime { get; init; }

    /// <summary>Gets the local weekdays on which the delay may end; empty for all.</summary>
    public ValueList<DayOfWeek> UntilWeekdays { get; init; } = [];

    /// <summary>Gets the id of the step that follows; null ends the run.</summary>
    public string? Next { get; init; }

    /// <inheritdoc/>
    internal override ValueList<string?> Links => [Next];

    /// <inheritdoc/>
    internal override bool TakesTime => MinimumMs > 0;

    /// <summary>Gets the least time that the delay takes, in milliseconds.</summary>
    internal long MinimumMs
    {
        get
        {
            var (first, second) = Unit switch
            {
                DelayUnit.Days => (Lengths.DayMs, Lengths.HourMs),
                DelayUnit.Hours => (Lengths.HourMs, Lengths.MinuteMs),
                DelayUnit.Minutes => (Lengths.MinuteMs, 0),
                _ => throw new InvalidOperationException($"Unknown unit {Unit}."),
            };
            return (Value * first) + ((SecondaryValue ?? 0) * second);
        }
    }

    /// <inheritdoc/>
    internal override Instant? ArrivalOf(Instant due, Instant now) =>
        UntilTime is null && UntilWeekdays.Count == 0 ? due.PlusMs(-MinimumMs) : null;

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context)
    {
        return UntilTime is null && UntilWeekdays.Count == 0
            ? Decision.Wait(context.Arrived.PlusMs(MinimumMs))
            : LocalWait.Decide(this, context);
    }

    /// <inheritdoc/>
    Instant ILocalWait.EndFrom(Instant from, AccountZone zone, in StepContext context)
    {
        var earliest = context.Arrived.PlusMs(MinimumMs);
        return End(from > earliest ? from : earliest, zone);
    }

    private Instant End(Instant earliest, AccountZone zone)
    {
        // A day is looked back, because a gap can push a local time over midnight; eight days ahead hold every weekday.
        var today = zone.ToLocal(earliest).Date;
        for (var days = today > DateTime.MinValue ? -1 : 0; days <= 8 && (DateTime.MaxValue - today).Days > days; days++)
        {
            var day = today.AddDays(days);
            if ((UntilWeekdays.Count == 0 || UntilWeekdays.Contains(day.DayOfWeek))
                && EndOn(day, today, earliest, zone) is { } end && end >= earliest)
            {
                return end;
            }
        }

        return Instant.MaxValue;
    }

    private Instant? EndOn(DateTime day, DateTime today, Instant earliest, AccountZone zone)
    {
        if (UntilTime is { } time)
        {
            return zone.FirstInstantOf(day.Add(time.ToTimeSpan()));
        }

        return day == today ? earliest : zone.FirstInstantOf(day);
    }
}
