using System.Diagnostics;

namespace Klaviyo.Bench.Compare;

/// <summary>How long the machine takes to read a place in memory that it does not know beforehand.</summary>
/// <remarks>
/// Most of a question's time is a handful of such reads, one after the other. On a shared machine their time moves by a factor of
/// four with what others do there, so absolute figures say little without it.
/// </remarks>
internal static class RandomRead
{
    private const int Bytes = 256 << 20;
    private const int PlaceInts = 16;
    private const int Places = Bytes / (PlaceInts * sizeof(int));
    private const int Reads = 1_000_000;

    /// <summary>Gets the nanoseconds of one of many reads in 256 MiB, each of which says where the next one is.</summary>
    internal static double Ns()
    {
        var next = InOneCircle();
        var place = 0;
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < Reads; i++)
        {
            place = next[place];
        }

        var taken = Stopwatch.GetElapsedTime(started).TotalNanoseconds / Reads;
        GC.KeepAlive(place);
        return taken;
    }

    // A random permutation of one cycle (Sattolo), a cache line each.
    private static int[] InOneCircle()
    {
        var random = new Random(1);
        var next = new int[Places * PlaceInts];
        for (var i = 0; i < Places; i++)
        {
            next[i * PlaceInts] = i * PlaceInts;
        }

        for (var i = Places - 1; i > 0; i--)
        {
            var other = random.Next(i);
            (next[i * PlaceInts], next[other * PlaceInts]) = (next[other * PlaceInts], next[i * PlaceInts]);
        }

        return next;
    }
}
