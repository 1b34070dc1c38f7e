namespace Klaviyo.Storage.Chunks;

/// <summary>The chunks of one lane that lie in files: disjoint, in the order of the log, with gaps where there is none.</summary>
/// <threadsafety>Reads see one state each; the caller of a change sees to it that there is one at a time.</threadsafety>
internal sealed class LaneChunks
{
    private Chunk[] _chunks = [];

    internal ReadOnlySpan<Chunk> All => Volatile.Read(ref _chunks);

    /// <summary>Finds the chunk that covers an address.</summary>
    internal Chunk? Find(long address)
    {
        var chunks = All;
        var place = FirstFrom(chunks, address + 1) - 1;
        return place >= 0 && chunks[place].Range.Contains(address) ? chunks[place] : null;
    }

    /// <summary>Gets the stretches of [<paramref name="from"/>, <paramref name="until"/>) that no chunk covers.</summary>
    internal static List<(long From, long Until)> Gaps(ReadOnlySpan<Chunk> chunks, long from, long until)
    {
        var gaps = new List<(long, long)>();
        foreach (var chunk in chunks)
        {
            if (chunk.Range.From > from)
            {
                gaps.Add((from, Math.Min(chunk.Range.From, until)));
            }

            from = Math.Max(from, chunk.Range.Until);
        }

        if (from < until)
        {
            gaps.Add((from, until));
        }

        return gaps;
    }

    /// <summary>Adds a chunk.</summary>
    /// <returns>Those that it takes the place of.</returns>
    internal List<Chunk> AddUnderGate(Chunk chunk)
    {
        var replaced = new List<Chunk>(_chunks);
        var kept = new List<Chunk>(_chunks);
        kept.RemoveAll(other => other.Range.Overlaps(chunk.Range.From, chunk.Range.Until));
        replaced.RemoveAll(kept.Contains);
        kept.Add(chunk);
        kept.Sort((left, right) => left.Range.CompareTo(right.Range));
        Volatile.Write(ref _chunks, [.. kept]);
        return replaced;
    }

    internal void RemoveUnderGate(Chunk chunk) =>
        Volatile.Write(ref _chunks, Array.FindAll(_chunks, c => !ReferenceEquals(c, chunk)));

    private static int FirstFrom(ReadOnlySpan<Chunk> chunks, long address)
    {
        int low = 0, high = chunks.Length;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (chunks[middle].Range.From < address)
            {
                low = middle + 1;
            }
            else
            {
                high = middle;
            }
        }

        return low;
    }
}
