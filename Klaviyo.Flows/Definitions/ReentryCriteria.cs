using Klaviyo.Flows.Timers;

namespace Klaviyo;

/// <summary>When a profile that entered a flow may enter it again.</summary>
/// <param name="Duration">How many units after the last entry; for <see cref="ReentryUnit.Alltime"/>, 1 is never, 0 always.</param>
/// <param name="Unit">The unit.</param>
/// <remarks>The wait is over at exactly that instant: one day after the last entry is late enough.</remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ReentryCriteria(int Duration, ReentryUnit Unit)
{
    /// <summary>Gets the criteria that always let a profile in again.</summary>
    public static ReentryCriteria Always { get; } = new(0, ReentryUnit.Alltime);

    /// <summary>Gets the criteria that let a profile in once.</summary>
    public static ReentryCriteria Never { get; } = new(1, ReentryUnit.Alltime);

    /// <summary>Gets whether every entry is allowed.</summary>
    internal bool IsAlways => Duration == 0;

    /// <summary>Tells whether a profile may enter.</summary>
    /// <param name="last">When it last entered; null if never.</param>
    /// <param name="at">The instant of the question.</param>
    internal bool Allows(Instant? last, Instant at)
    {
        if (IsAlways || last is null)
        {
            return true;
        }

        return Unit switch
        {
            ReentryUnit.Alltime => false,
            ReentryUnit.Hour => at >= last.Value.PlusMs(Duration * Lengths.HourMs),
            ReentryUnit.Day => at >= last.Value.PlusMs(Duration * Lengths.DayMs),
            ReentryUnit.Week => at >= last.Value.PlusMs(Duration * Lengths.WeekMs),
            _ => throw new InvalidOperationException($"Unknown unit {Unit}."),
        };
    }
}

/// <summary>The units of re-entry.</summary>
public enum ReentryUnit
{
    /// <summary>Ever: a duration of 1 lets a profile in once, 0 always.</summary>
    Alltime,

    /// <summary>60 minutes.</summary>
    Hour,

    /// <summary>24 hours.</summary>
    Day,

    /// <summary>7 · 24 hours.</summary>
    Week,
}
