using System.Diagnostics;

namespace Klaviyo.Bench.Compare.Works;

/// <summary>Asks for a while without a clock: code that has just been compiled for the first time is not what a host runs.</summary>
internal static class WarmUp
{
    // The runtime compiles what is used for the second time, and once more with what it has seen, some tenths of a second later.
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(1.5);

    internal static void Run(Action ask)
    {
        var started = Stopwatch.GetTimestamp();
        do
        {
            ask();
        }
        while (Stopwatch.GetElapsedTime(started) < Duration);
    }
}
