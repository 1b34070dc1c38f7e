using System.Runtime.InteropServices;

namespace Klaviyo.Storage.Chunks;

/// <summary>Which rows of a metric belong to which profile.</summary>
/// <remarks>Bytes: the ordinals, ascending, 4 bytes each; then for each the row behind its last one, 4 bytes.</remarks>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class OrdinalIndex(Chunk chunk, PartPlace place) : ChunkPart(chunk, place)
{
    // Where the profile behind the one that was found last stands: a walk over all profiles asks for it next. Only a guess,
    // so it does not matter which of several readers left it.
    private int _next;

    /// <summary>Gets how many profiles did the metric.</summary>
    internal int Count => Place.Bytes / (2 * sizeof(int));

    /// <summary>Finds the rows of a profile.</summary>
    internal bool TryFind(int ordinal, out int start, out int end)
    {
        var integers = Integers();
        var ordinals = integers[..Count];
        var ends = integers[Count..];
        var next = _next;
        var place = (uint)next < (uint)ordinals.Length && ordinals[next] == ordinal ? next : ordinals.BinarySearch(ordinal);
        _next = place >= 0 ? place + 1 : ~place;
        (start, end) = place < 0 ? (0, 0) : (place == 0 ? 0 : ends[place - 1], ends[place]);
        return place >= 0;
    }

    /// <summary>Tells whether any profile of a set did the metric.</summary>
    internal bool HasAny(Func<int, bool> isMember)
    {
        foreach (var ordinal in Integers()[..Count])
        {
            if (isMember(ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Writes out the profile of each row from one on.</summary>
    internal void Decode(int firstRow, Span<int> owners)
    {
        var integers = Integers();
        var ordinals = integers[..Count];
        var ends = integers[Count..];
        var place = ends.BinarySearch(firstRow) is var found && found >= 0 ? found + 1 : ~found;
        for (var done = 0; done < owners.Length; place++)
        {
            var run = Math.Min(ends[place] - firstRow, owners.Length) - done;
            owners.Slice(done, run).Fill(ordinals[place]);
            done += run;
        }
    }

    private ReadOnlySpan<int> Integers() => MemoryMarshal.Cast<byte, int>(Bytes);
}
