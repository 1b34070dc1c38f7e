using Klaviyo.Flows.Outbox;

namespace Klaviyo;

/// <summary>How attempts to deliver are repeated.</summary>
/// <remarks>
/// The wait doubles from attempt to attempt, up to a limit, and is shortened by up to a quarter, differently for each
/// message but always the same for one, so that what failed together does not come again together.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record RetryPolicy
{
    private static readonly TimeSpan AskedMax = TimeSpan.FromDays(30);

    /// <summary>Gets how often a message is tried at most.</summary>
    /// <value>The default is 8. At least 1.</value>
    public int AttemptsMax { get; init; } = 8;

    /// <summary>Gets the wait before the second attempt.</summary>
    /// <value>The default is 30 seconds. At least a second.</value>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets the longest wait.</summary>
    /// <value>
    /// The default is 6 hours. What the receiver asks for is kept to, also where it is longer; beyond 30 days the message becomes a dead
    /// letter at once, so that somebody sees it.
    /// </value>
    public TimeSpan DelayMax { get; init; } = TimeSpan.FromHours(6);

    /// <summary>Gets how long a message is tried at most, from the instant for which it was decided.</summary>
    /// <value>The default is for ever. At least <see cref="FirstDelay"/>.</value>
    /// <remarks>
    /// An attempt that would come later is not made: the message becomes a dead letter at once. So it is after downtime, a pause or quiet
    /// hours, also with the first.
    /// </remarks>
    public TimeSpan AgeMax { get; init; } = TimeSpan.MaxValue;

    /// <summary>Checks the values.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(AttemptsMax, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(FirstDelay, TimeSpan.FromSeconds(1));
        ArgumentOutOfRangeException.ThrowIfLessThan(DelayMax, FirstDelay);
        ArgumentOutOfRangeException.ThrowIfLessThan(AgeMax, FirstDelay);
    }

    /// <summary>Tells whether a message is too old to be tried at an instant.</summary>
    internal bool IsTooOld(in PendingAction message, Instant at) => at.UnixMs - message.SinceMs > AgeMax.TotalMilliseconds;

    /// <summary>Gets when the next attempt is due, whatever the age; null where there is none.</summary>
    /// <param name="message">The message, before the attempt that failed is counted.</param>
    /// <param name="key">Its key.</param>
    /// <param name="asked">What the receiver asked for.</param>
    /// <param name="now">The instant of the failure.</param>
    internal Instant? NextAttempt(in PendingAction message, string key, TimeSpan? asked, Instant now)
    {
        var made = message.Attempts - message.Forgiven + 1;
        return made < AttemptsMax && (asked is null || asked <= AskedMax) ? now.Plus(DelayBefore(made + 1, key, asked)) : null;
    }

    /// <summary>Gets the wait before an attempt.</summary>
    /// <param name="attempt">The attempt, from 2.</param>
    /// <param name="key">The key of the message.</param>
    /// <param name="asked">What the receiver asked for.</param>
    internal TimeSpan DelayBefore(int attempt, string key, TimeSpan? asked)
    {
        if (asked is { } wait)
        {
            return TimeSpan.FromTicks(Math.Max(wait.Ticks, TimeSpan.TicksPerSecond));
        }

        var doubled = FirstDelay.Ticks * Math.Pow(2, Math.Min(attempt - 2, 40));
        var jitter = Convert.FromHexString(key.AsSpan(0, 2))[0] / 1024.0;
        return TimeSpan.FromTicks((long)(Math.Min(doubled, DelayMax.Ticks) * (1 - jitter)));
    }
}
