namespace Klaviyo.Tests.Support;

/// <summary>A clock that is set, also back: as clocks are.</summary>
internal sealed class JumpingClock(Instant start) : TimeProvider
{
    private long _unixMs = start.UnixMs;

    internal Instant Now
    {
        get => Instant.FromUnixMs(Volatile.Read(ref _unixMs));
        set => Volatile.Write(ref _unixMs, value.UnixMs);
    }

    public override DateTimeOffset GetUtcNow() => Now.ToDateTimeOffset();
}
