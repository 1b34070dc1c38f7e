namespace Klaviyo.Storage.Chunks;

/// <summary>Keeps the chunks up with the log, beside the writers and without any of their gates.</summary>
/// <remarks>
/// It reads the durable log through the files like any scan. What goes wrong (a full disk, a damaged record) is kept to be
/// shown, never thrown at a writer, and tried again when as much log has come as a chunk covers.
/// </remarks>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class ChunkMaker(ChunkSet chunks, ChunkOptions options) : IDisposable
{
    private readonly System.Threading.Lock _making = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly long[] _restUntil = new long[options.Log.Lanes.Count];
    private int _running;
    private Exception? _fault;

    /// <summary>Gets why the last chunk could not be made; null if it could.</summary>
    internal string? Fault => Volatile.Read(ref _fault)?.Message;

    /// <summary>Starts making what is due, unless that is being done already. Returns at once.</summary>
    internal void Wake()
    {
        if (!_closing.IsCancellationRequested && IsDue() && Interlocked.Exchange(ref _running, 1) == 0)
        {
            _ = options.Run(MakeDue);
        }
    }

    /// <summary>Covers the durable log with chunks, as far as what is left has some size.</summary>
    /// <param name="logBytesMin">The least that a chunk at the end of the log is made of.</param>
    internal void MakeAll(long logBytesMin)
    {
        lock (_making)
        {
            try
            {
                for (var lane = 0; lane < _restUntil.Length; lane++)
                {
                    MakeLaneUnderGate(lane, logBytesMin);
                }

                Volatile.Write(ref _fault, null);
            }
            catch (OperationCanceledException)
            {
                // The store is being closed: what is missing is made after the next opening.
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or StoreCorruptedException)
            {
                Rest(fault);
            }
        }
    }

    /// <summary>Makes what is due, and returns when it is there.</summary>
    internal void MakeDueNow() => MakeAll(options.LogBytes);

    public void Dispose()
    {
        _closing.Cancel();
        lock (_making)
        {
            // The chunk under way has been given up.
        }
    }

    private void MakeDue()
    {
        try
        {
            MakeDueNow();
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    private void MakeLaneUnderGate(int lane, long logBytesMin)
    {
        var (begin, until) = (options.Log.Durable[lane].Begin.Value, options.Log.Durable[lane].Until.Value);
        foreach (var gap in LaneChunks.Gaps(chunks[lane].All, begin, until))
        {
            // A gap between chunks is filled whatever its size; one at the end of the log grows by itself.
            var least = gap.Until < until ? 1 : logBytesMin;
            for (var from = gap.From; gap.Until - from >= least;)
            {
                var range = chunks.Cut(lane, from, gap.Until);
                chunks.Make(range, _closing.Token);
                from = range.Until;
            }
        }
    }

    private bool IsDue()
    {
        for (var lane = 0; lane < _restUntil.Length; lane++)
        {
            var until = options.Log.Durable[lane].Until.Value;
            var all = chunks[lane].All;
            var covered = all.IsEmpty ? options.Log.Durable[lane].Begin.Value : all[^1].Range.Until;
            if (until >= Volatile.Read(ref _restUntil[lane]) && until - covered >= options.LogBytes)
            {
                return true;
            }
        }

        return false;
    }

    private void Rest(Exception fault)
    {
        Volatile.Write(ref _fault, fault);
        for (var lane = 0; lane < _restUntil.Length; lane++)
        {
            Volatile.Write(ref _restUntil[lane], options.Log.Durable[lane].Until.Value + options.LogBytes);
        }
    }
}
