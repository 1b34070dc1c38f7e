namespace Klaviyo.Storage.Timers;

/// <summary>Wakes the one who sleeps until the next due instant, when something earlier is armed.</summary>
/// <threadsafety>One sleeper; anyone may wake it.</threadsafety>
internal sealed class WakeSignal
{
    private const long Awake = long.MinValue;
    private const long Undecided = long.MaxValue;

    private TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _sleepsUntilMs = Awake;

    /// <summary>Tells that something is due at an instant.</summary>
    internal void Arm(Instant due)
    {
        if (due.UnixMs < Volatile.Read(ref _sleepsUntilMs))
        {
            Wake();
        }
    }

    /// <summary>Wakes the sleeper, whatever is due.</summary>
    internal void Wake() => Volatile.Read(ref _signal).TrySetResult();

    /// <summary>Says that the sleeper is about to look when it must wake: from now on whatever is armed wakes it.</summary>
    internal void Prepare()
    {
        Volatile.Write(ref _signal, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        Interlocked.Exchange(ref _sleepsUntilMs, Undecided);
    }

    /// <summary>Sleeps until an instant, or until something earlier is armed.</summary>
    /// <param name="until">When to wake; null for not before something is armed.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="cancellationToken">Wakes with an exception.</param>
    internal async Task SleepAsync(Instant? until, TimeProvider clock, CancellationToken cancellationToken)
    {
        // A timer of .NET cannot wait for more than 49 days, and a suspended machine stops it: so look again every hour.
        Interlocked.CompareExchange(ref _sleepsUntilMs, until?.UnixMs ?? Undecided, Undecided);
        var wait = until is { } instant ? instant.ToDateTimeOffset() - clock.GetUtcNow() : TimeSpan.MaxValue;
        wait = TimeSpan.FromTicks(Math.Clamp(wait.Ticks, 0, TimeSpan.TicksPerHour));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var timer = Task.Delay(wait, clock, stop.Token);
        await Task.WhenAny(timer, Volatile.Read(ref _signal).Task).ConfigureAwait(false);
        Interlocked.Exchange(ref _sleepsUntilMs, Awake);
        await stop.CancelAsync().ConfigureAwait(false);
        cancellationToken.ThrowIfCancellationRequested();
    }
}
