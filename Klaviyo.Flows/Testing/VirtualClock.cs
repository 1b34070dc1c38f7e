namespace Klaviyo.Testing;

/// <summary>A clock that stands until it is moved.</summary>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class VirtualClock(Instant now) : TimeProvider
{
    private long _unixMs = now.UnixMs;

    /// <summary>Gets or sets the time that it shows.</summary>
    internal Instant Now
    {
        get => Instant.FromUnixMs(Volatile.Read(ref _unixMs));
        set => Volatile.Write(ref _unixMs, value.UnixMs);
    }

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => Now.ToDateTimeOffset();
}
