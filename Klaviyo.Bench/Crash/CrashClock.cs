namespace Klaviyo.Bench.Crash;

/// <summary>A clock that stands still for a life of a store, and is an hour later in the next: windows close in between.</summary>
internal sealed class CrashClock(int life) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => CrashScript.Start.Plus(TimeSpan.FromDays(91) + TimeSpan.FromHours(life)).ToDateTimeOffset();
}
