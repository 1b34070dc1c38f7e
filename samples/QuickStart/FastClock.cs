using Klaviyo;

namespace QuickStart;

/// <summary>A clock that stands still until it is told to move: weeks pass in a blink.</summary>
internal sealed class FastClock(Instant now) : TimeProvider
{
    private long _ticks = now.ToDateTimeOffset().UtcTicks;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    /// <summary>Lets time pass.</summary>
    internal void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}
