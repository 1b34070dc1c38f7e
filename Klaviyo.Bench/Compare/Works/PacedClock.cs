using System.Diagnostics;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>A clock that stands where it is put, until it is let go.</summary>
internal sealed class PacedClock(DateTimeOffset start) : TimeProvider
{
    private long _ticks = start.UtcTicks;
    private long _letGo = long.MaxValue;

    public override DateTimeOffset GetUtcNow()
    {
        var letGo = Interlocked.Read(ref _letGo);
        var ticks = Interlocked.Read(ref _ticks);
        return new DateTimeOffset(letGo == long.MaxValue ? ticks : ticks + Stopwatch.GetElapsedTime(letGo).Ticks, TimeSpan.Zero);
    }

    internal void Set(DateTimeOffset to) => Interlocked.Exchange(ref _ticks, to.UtcTicks);

    internal void LetGo() => Interlocked.Exchange(ref _letGo, Stopwatch.GetTimestamp());
}
