using Cronos;
using Klaviyo.Flows.Timers;

namespace Klaviyo.Flows.Definitions;

/// <summary>The instants of a cron expression in a zone.</summary>
/// <remarks>
/// Cronos is asked for local times alone, as if the clock never changed: over a change its instants may repeat, go back, or leave one out
/// (0.11, of some zones). Of an expression that repeats within the day every instant counts at which the clock shows one of its times; of
/// one for a time of day each of its times once, the rule of <see cref="AccountZone.FirstInstantOf"/>.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
internal sealed class CronTimes
{
    private const int Fields = 5;

    // At the end of time there are days that have no end in every zone.
    private static readonly Instant Last = Instant.MaxValue.PlusMs(-4 * Lengths.DayMs);

    private readonly CronExpression _times;
    private readonly bool _repeats;

    /// <exception cref="FormatException">Not a cron expression of five or six fields.</exception>
    internal CronTimes(string text)
    {
        var fields = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length is not (Fields or Fields + 1))
        {
            throw new FormatException("A cron expression has five fields, or six with seconds first.");
        }

        _times = CronExpression.Parse(text, fields.Length > Fields ? CronFormat.IncludeSeconds : CronFormat.Standard);
        _repeats = fields.Take(fields.Length - 3).Any(field => field.AsSpan().ContainsAny("*?/-"));
    }

    /// <summary>Gets the first instant behind another.</summary>
    /// <returns>Null where none comes.</returns>
    internal Instant? After(Instant after, AccountZone zone)
    {
        var first = after.PlusMs(1);
        return first >= Last ? null : _repeats ? FirstShown(first, zone) : FirstOfDays(first, zone);
    }

    // Where the clock was set back within the last day, the local time that comes next may be one that it has shown.
    private Instant? FirstOfDays(Instant first, AccountZone zone)
    {
        var local = Match(zone.ToLocal(first.PlusMs(-Lengths.DayMs)));
        while (local is { } time && zone.FirstInstantOf(time) < first)
        {
            local = Match(time.AddTicks(1));
        }

        return local is { } found ? zone.FirstInstantOf(found) : null;
    }

    // From one change of the clock to the next, at most a day at a time; where the next time is far away, up to shortly before it.
    private Instant? FirstShown(Instant first, AccountZone zone)
    {
        while (first < Last)
        {
            var local = zone.ToLocal(first);
            if (Match(local) is not { } match)
            {
                return null;
            }

            var dayAfter = first.PlusMs(Lengths.DayMs);
            var change = Change(first, dayAfter, zone);
            var found = first.Plus(match - local);
            if (found < (change ?? dayAfter))
            {
                return found;
            }

            first = change ?? Later(dayAfter, found.PlusMs(-2 * Lengths.DayMs));
        }

        return null;
    }

    // The first instant of another offset, in (from, to].
    private static Instant? Change(Instant from, Instant to, AccountZone zone)
    {
        var offset = Offset(from, zone);
        if (Offset(to, zone) == offset)
        {
            return null;
        }

        while (to.UnixMs - from.UnixMs > 1)
        {
            var middle = from.PlusMs((to.UnixMs - from.UnixMs) / 2);
            (from, to) = Offset(middle, zone) == offset ? (middle, to) : (from, middle);
        }

        return to;
    }

    private static TimeSpan Offset(Instant at, AccountZone zone) => zone.ToLocal(at) - at.ToDateTimeOffset().UtcDateTime;

    private static Instant Later(Instant one, Instant other) => one > other ? one : other;

    // The first of its local times at or behind another.
    private DateTime? Match(DateTime local) => _times.GetNextOccurrence(DateTime.SpecifyKind(local, DateTimeKind.Utc), inclusive: true);
}
