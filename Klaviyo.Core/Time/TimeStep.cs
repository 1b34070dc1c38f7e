namespace Klaviyo;

/// <summary>A distance from T, e.g. 30 days ago: <c>new TimeStep(-30, TimeUnit.Day)</c>.</summary>
/// <remarks>Up to weeks the distance is fixed; months and years are calendar steps in the account's zone.</remarks>
/// <param name="Quantity">How many units; negative into the past.</param>
/// <param name="Unit">The unit.</param>
/// <threadsafety>This type is an immutable value type.</threadsafety>
public readonly record struct TimeStep(int Quantity, TimeUnit Unit)
{
    /// <summary>How far the instant at a distance may fall back while T goes on, at most: around months and changes of the clock.</summary>
    internal const long FallBackMaxMs = 5 * 24 * 3_600_000L;

    // A step of months lands on one day from at most four days: on 28 Feb from 28, 29, 30 and 31 March.
    private const int DaysThatMeet = 4;

    /// <summary>Gets whether the distance is the same from every instant.</summary>
    public bool IsFixed => Unit is not (TimeUnit.Month or TimeUnit.Year);

    /// <summary>Gets the instant at this distance; stays within <see cref="Instant.MinValue"/> and <see cref="Instant.MaxValue"/>.</summary>
    /// <param name="at">The evaluation instant T.</param>
    /// <param name="zone">The account's zone.</param>
    public Instant From(Instant at, AccountZone zone) => zone.Plus(at, Quantity, Unit);

    /// <summary>Gets the earliest T after <paramref name="after"/> at which "<paramref name="value"/> ≤ T + step" may flip.</summary>
    /// <remarks>
    /// With calendar steps T + step does not grow steadily: from 28 March 23:59 to 29 March 00:00 "one month ago" falls
    /// back by a day, at a change of the clock by an hour. So a value may leave a window, come back and leave again; each
    /// of these instants is a candidate here.
    /// </remarks>
    internal Instant? NextReach(Instant value, Instant after, AccountZone zone)
    {
        if (IsFixed)
        {
            var reached = zone.Plus(value, -Quantity, Unit);
            return reached > after ? reached : null;
        }

        return Quantity == 0 ? Later(value, after) : NextCalendarReach(zone.FirstLocalReaching(value), after, zone);
    }

    private static Instant? Later(Instant value, Instant after) => value > after ? value : null;

    private Instant? NextCalendarReach(DateTime threshold, Instant after, AccountZone zone)
    {
        var first = AccountZone.PlusMonths(threshold.Date, -(long)Quantity * (Unit == TimeUnit.Year ? 12 : 1));
        Instant? next = null;
        for (var i = 0; i <= DaysThatMeet && first < DateTime.MaxValue.Date.AddDays(-DaysThatMeet); i++)
        {
            var day = first.AddDays(i);
            next = Earliest(next, zone.Occurrences(day), after);
            next = Earliest(next, zone.Occurrences(day + threshold.TimeOfDay), after);
            next = zone.ClockChange(day) is { } change && change > after ? Boundary.Earlier(next, change) : next;
        }

        return next;
    }

    private static Instant? Earliest(Instant? next, (Instant First, Instant Last) occurrences, Instant after)
    {
        next = Boundary.Earlier(next, Later(occurrences.First, after));
        return Boundary.Earlier(next, Later(occurrences.Last, after));
    }
}
