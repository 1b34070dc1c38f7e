namespace Klaviyo.Tests.Support;

/// <summary>A clock that stands, while whoever asks how long something took hears that it took long; it may do something first.</summary>
internal sealed class BusyClock(Instant start) : TimeProvider
{
    private long _asked;

    internal Instant Now { get; set; } = start;

    /// <summary>Gets or sets what happens once, when the clock is next asked how late it is by a slice of work.</summary>
    internal Action? Meanwhile { get; set; }

    public override long TimestampFrequency => 1000;

    public override DateTimeOffset GetUtcNow() => Now.ToDateTimeOffset();

    public override long GetTimestamp()
    {
        var (meanwhile, asked) = (Meanwhile, Interlocked.Add(ref _asked, 100));
        Meanwhile = null;
        meanwhile?.Invoke();
        return asked;
    }
}
