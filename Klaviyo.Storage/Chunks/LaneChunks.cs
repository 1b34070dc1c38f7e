namespace Klaviyo.Storage.Chunks;

/// <summary>The chunks of one lane that lie in files: disjoint, in the order of the log, with gaps where there is none.</summary>
/// <remarks>
/// Nearly every chunk is added behind the others. Then it takes the next free place of an array that states share, so that a log
/// of many chunks costs no more for each than a log of few; anything else copies the array.
/// </remarks>
/// <threadsafety>Reads see one state each; the caller of a change sees to it that there is one at a time.</threadsafety>
internal sealed class LaneChunks
{
    private const int FirstPlaces = 16;
    private State _state = new([], 0, 0);

    internal ReadOnlySpan<Chunk> All => Volatile.Read(ref _state).All;

    /// <summary>Finds the chunk that covers an address.</summary>
    internal Chunk? Find(long address)
    {
        var chunks = All;
        var place = FirstFrom(chunks, address + 1) - 1;
        return place >= 0 && chunks[place].Range.Contains(address) ? chunks[place] : null;
    }

    /// <summary>Finds the last chunk that begins before an address.</summary>
    internal static int LastBefore(ReadOnlySpan<Chunk> chunks, long address) => FirstFrom(chunks, address) - 1;

    /// <summary>Gets the stretches from the beginning of the log up to an address that no chunk covers.</summary>
    internal List<(long From, long Until)> Gaps(long begin, long until) => Gaps(begin, until, out _);

    /// <summary>Gets the stretches from the beginning of the log up to an address that no chunk covers.</summary>
    /// <param name="begin">The beginning of the log.</param>
    /// <param name="until">The address.</param>
    /// <param name="chunks">The chunks, of the same moment.</param>
    internal List<(long From, long Until)> Gaps(long begin, long until, out ReadOnlySpan<Chunk> chunks)
    {
        var state = Volatile.Read(ref _state);
        var gaps = new List<(long, long)>();
        chunks = state.All;
        var (from, place) = (begin, 0);
        if (state.Joined > 0 && chunks[0].Range.From <= begin)
        {
            // Between these there is none.
            (from, place) = (Math.Max(begin, chunks[state.Joined - 1].Range.Until), state.Joined);
        }

        for (; place < chunks.Length; place++)
        {
            if (chunks[place].Range.From > from && from < until)
            {
                gaps.Add((from, Math.Min(chunks[place].Range.From, until)));
            }

            from = Math.Max(from, chunks[place].Range.Until);
        }

        if (from < until)
        {
            gaps.Add((from, until));
        }

        return gaps;
    }

    /// <summary>Adds a chunk.</summary>
    /// <returns>Those that it takes the place of.</returns>
    internal Chunk[] AddUnderGate(Chunk chunk)
    {
        var chunks = _state.All;
        var first = FirstFrom(chunks, chunk.Range.From);
        first -= first > 0 && chunks[first - 1].Range.Until > chunk.Range.From ? 1 : 0;
        var behind = first;
        while (behind < chunks.Length && chunks[behind].Range.From < chunk.Range.Until)
        {
            behind++;
        }

        if (first == chunks.Length)
        {
            Publish(_state.With(chunk));
            return [];
        }

        var replaced = chunks[first..behind].ToArray();
        Publish(State.Of([.. chunks[..first], chunk, .. chunks[behind..]]));
        return replaced;
    }

    internal void RemoveUnderGate(Chunk chunk) =>
        Publish(State.Of(Array.FindAll(_state.All.ToArray(), c => !ReferenceEquals(c, chunk))));

    private void Publish(State state) => Volatile.Write(ref _state, state);

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

    /// <summary>The chunks at a moment: the first places of an array of which later states may use more.</summary>
    /// <param name="places">The array.</param>
    /// <param name="count">How many places are this state's.</param>
    /// <param name="joined">How many chunks from the first on have no gap between them.</param>
    private sealed class State(Chunk[] places, int count, int joined)
    {
        internal ReadOnlySpan<Chunk> All => places.AsSpan(0, count);

        internal int Joined => joined;

        internal static State Of(Chunk[] chunks)
        {
            var joined = Math.Min(1, chunks.Length);
            while (joined < chunks.Length && chunks[joined].Range.From == chunks[joined - 1].Range.Until)
            {
                joined++;
            }

            return new State(chunks, chunks.Length, joined);
        }

        // Called of the last state only, so the place behind it is nobody's.
        internal State With(Chunk chunk)
        {
            var room = places;
            if (count == room.Length)
            {
                Array.Resize(ref room, Math.Max(FirstPlaces, 2 * count));
            }

            room[count] = chunk;
            var isJoined = count == 0 || (joined == count && room[count - 1].Range.Until == chunk.Range.From);
            return new State(room, count + 1, isJoined ? count + 1 : joined);
        }
    }
}
