using Klaviyo;

namespace QuickStart;

/// <summary>A clock that stands still until it is told to move: weeks pass in a blink.</summary>
internal sealed class FastClock(Instant now) : TimeProvider
{
    private long _unixMs = now.UnixMs;

    internal Instant Now => Instant.FromUnixMs(Interlocked.Read(ref _unixMs));

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Now.ToDateTimeOffset();

    /// <summary>Lets time pass.</summary>
    internal void Advance(TimeSpan by) => Interlocked.Add(ref _unixMs, (long)by.TotalMilliseconds);
}
