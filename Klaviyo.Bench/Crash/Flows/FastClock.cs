namespace Klaviyo.Bench.Crash.Flows;

/// <summary>The system's clock, some times as fast from a moment on: minutes of waiting pass in seconds, over all lives alike.</summary>
internal sealed class FastClock(DateTimeOffset start, int times) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => start + ((System.GetUtcNow() - start) * times);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Real(dueTime), Real(period));

    private TimeSpan Real(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / times;
}
