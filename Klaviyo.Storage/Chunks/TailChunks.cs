using System.Runtime.InteropServices;

namespace Klaviyo.Storage.Chunks;

/// <summary>Covers a lane up to any address: with the chunks that lie in files, and with some in memory for the rest.</summary>
/// <remarks>
/// What was made in memory is kept until a file covers it, so a report pays only for the log that has come since the one
/// before. A long stretch without files is given files first: it would not fit into memory.
/// </remarks>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class TailChunks(ChunkSet chunks, ChunkOptions options, int lane)
{
    // Pieces of a few events each cost more to visit than to make again as one.
    private const int PiecesMax = 8;

    // With so many chunks' worth of log without a file, making files is the quicker way.
    private const int ChunksInMemoryMax = 4;

    private readonly System.Threading.Lock _gate = new();
    private readonly List<Chunk> _pieces = [];

    /// <summary>Gets chunks that together hold every event below an address.</summary>
    internal List<Chunk> Covering(long from, long until)
    {
        // Before the lock: who makes or rewrites chunks may come in here to have the pieces forgotten.
        if (Missing(from, until) / ChunksInMemoryMax > options.LogBytes)
        {
            chunks.Maker.MakeDueNow();
        }

        lock (_gate)
        {
            var gaps = chunks[lane].Gaps(from, until, out var files);
            var covering = new List<Chunk>();
            CollectionsMarshal.SetCount(covering, files.Length);
            files.CopyTo(CollectionsMarshal.AsSpan(covering));
            covering.RemoveAll(chunk => chunk.Range.From >= until);
            _pieces.RemoveAll(piece => !gaps.Exists(gap => gap.From <= piece.Range.From && piece.Range.Until <= gap.Until));
            foreach (var gap in gaps)
            {
                FillUnderGate(gap.From, gap.Until, covering);
            }

            return covering;
        }
    }

    /// <summary>Gets how many bytes of the log below an address are neither in a file nor in memory.</summary>
    internal long Uncovered(long from, long until)
    {
        lock (_gate)
        {
            return Missing(from, until) - _pieces.Sum(piece => piece.Range.Until - piece.Range.From);
        }
    }

    /// <summary>Drops what was made in memory.</summary>
    internal void Forget()
    {
        lock (_gate)
        {
            _pieces.Clear();
        }
    }

    private long Missing(long from, long until) => chunks[lane].Gaps(from, until).Sum(gap => gap.Until - gap.From);

    private void FillUnderGate(long from, long until, List<Chunk> covering)
    {
        if (_pieces.Count > PiecesMax)
        {
            _pieces.Clear();
        }

        while (from < until)
        {
            var piece = _pieces.Find(p => p.Range.From == from && p.Range.Until <= until) ?? MakeUnderGate(from, until);
            covering.Add(piece);
            from = piece.Range.Until;
        }
    }

    // A piece must end before the next one that is kept begins, or one stretch would be counted twice.
    private Chunk MakeUnderGate(long from, long until)
    {
        foreach (var kept in _pieces)
        {
            if (kept.Range.From > from)
            {
                until = Math.Min(until, kept.Range.From);
            }
        }

        var piece = chunks.MakeInMemory(new ChunkRange(lane, from, until));
        if (_pieces.Sum(p => (long)p.Image!.Length) + piece.Image!.Length <= options.CacheBytes)
        {
            _pieces.Add(piece);
        }

        return piece;
    }
}
