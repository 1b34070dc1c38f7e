using System.Collections.Immutable;

namespace Klaviyo.Storage.Log;

/// <summary>What exists of one lane at some moment.</summary>
/// <param name="Begin">The address of the first record.</param>
/// <param name="Until">The address behind the last record.</param>
/// <param name="LastSequence">The sequence of the last record; 0 when there is none.</param>
internal readonly record struct LaneCut(LogAddress Begin, LogAddress Until, long LastSequence)
{
    internal static readonly LaneCut Empty = new(new(LogLayout.FirstAddress), new(LogLayout.FirstAddress), 0);

    internal bool IsEmpty => Begin == Until;
}

/// <summary>
/// The ends of all lanes at one moment in which no lane was written: a consistent state of the store.
/// </summary>
/// <remarks>After a reopen exactly what lies below the last durable cut exists, in all lanes together.</remarks>
internal sealed class LogCut(ImmutableArray<LaneCut> lanes)
{
    internal ImmutableArray<LaneCut> Lanes => lanes;

    /// <summary>Gets whether a mark of <see cref="CommitMarks"/> ends it.</summary>
    internal bool HasMark { get; init; }

    internal LaneCut this[int lane] => lanes[lane];

    internal static LogCut Empty(int laneCount) => new([.. Enumerable.Repeat(LaneCut.Empty, laneCount)]);

    /// <summary>Whether every lane of this cut ends at or after the other's.</summary>
    internal bool Covers(LogCut other)
    {
        for (var lane = 0; lane < lanes.Length; lane++)
        {
            if (lanes[lane].Until < other[lane].Until)
            {
                return false;
            }
        }

        return true;
    }
}
