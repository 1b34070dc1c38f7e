namespace Klaviyo.Storage.Chunks;

/// <summary>Keeps the chunks up with the log, beside the writers and without any of their gates.</summary>
/// <remarks>
/// It reads the durable log through the files like any scan. What goes wrong (a full disk, a damaged record) is kept to be
/// shown, never thrown at a writer, and tried again when as much log has come as a chunk covers.
/// </remarks>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class ChunkMaker : IDisposable
{
    // At rest a chunk is made of a thirty-second of what a full one covers: of a mebibyte, in some ten milliseconds.
    private const int RestShare = 32;

    // While writers are at work it may take a tenth of a core, unless it falls far behind them.
    private const int PauseShare = 9;
    private const int BehindMax = 8;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    // And it steps back after each so long, for about as long: where there are two cores, a writer would wait for one.
    private static readonly TimeSpan Stride = TimeSpan.FromMilliseconds(1);

    private readonly ChunkSet _chunks;
    private readonly ChunkOptions _options;
    private readonly ITimer _resting;
    private readonly System.Threading.Lock _making = new();
    private readonly CancellationTokenSource _closing = new();
    private readonly long[] _failedUntil;
    private int _running;
    private int _waits;
    private long _commits;
    private long _commitsBefore;
    private long _pauseUntil;
    private long _strode;
    private bool _isPaced;
    private Exception? _fault;

    /// <summary>Gets why the last chunk could not be made; null if it could.</summary>
    internal string? Fault => Volatile.Read(ref _fault)?.Message;

    internal ChunkMaker(ChunkSet chunks, ChunkOptions options)
    {
        (_chunks, _options) = (chunks, options);
        _failedUntil = new long[options.Log.Lanes.Count];
        _resting = options.Clock.CreateTimer(_ => LookForRest(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Starts making what is due, unless that is being done already. Returns at once; called after a commit.</summary>
    internal void Wake()
    {
        Interlocked.Increment(ref _commits);
        if (Interlocked.Exchange(ref _waits, 1) == 0)
        {
            _resting.Change(Rest, Timeout.InfiniteTimeSpan);
        }

        if (!_closing.IsCancellationRequested && IsDue() && Interlocked.Exchange(ref _running, 1) == 0)
        {
            _ = _options.Run(MakeDue);
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
                _closing.Token.ThrowIfCancellationRequested();
                for (var lane = 0; lane < _failedUntil.Length; lane++)
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
                Remember(fault);
            }
        }
    }

    /// <summary>Does something while no chunk is being made.</summary>
    internal void WhileIdle(Action work)
    {
        lock (_making)
        {
            work();
        }
    }

    /// <summary>Makes what is due, and returns when it is there.</summary>
    internal void MakeDueNow() => MakeAll(_options.LogBytes);

    /// <summary>Makes what is made when the writers rest, and returns when it is there.</summary>
    internal void MakeAsAtRest() => MakeAll(_options.LogBytes / RestShare);

    public void Dispose()
    {
        _resting.Dispose();
        _closing.Cancel();
        lock (_making)
        {
            // The chunk under way has been given up.
        }
    }

    private void MakeDue()
    {
        var started = _options.Clock.GetTimestamp();
        _isPaced = !IsDue(BehindMax * _options.LogBytes);
        try
        {
            MakeDueNow();
        }
        finally
        {
            var ended = _options.Clock.GetTimestamp();
            Volatile.Write(ref _pauseUntil, ended + (PauseShare * (ended - started)));
            _isPaced = false;
            Volatile.Write(ref _running, 0);
        }
    }

    private void StepBack()
    {
        _closing.Token.ThrowIfCancellationRequested();
        if (_isPaced && _options.Clock.GetElapsedTime(_strode) >= Stride)
        {
            Thread.Sleep(Stride);
            _strode = _options.Clock.GetTimestamp();
        }
    }

    private void MakeLaneUnderGate(int lane, long logBytesMin)
    {
        var (begin, until) = (_options.Log.Durable[lane].Begin.Value, _options.Log.Durable[lane].Until.Value);
        foreach (var gap in _chunks[lane].Gaps(begin, until))
        {
            // A gap between chunks is filled whatever its size; one at the end of the log grows by itself.
            var least = gap.Until < until ? 1 : logBytesMin;
            for (var from = gap.From; gap.Until - from >= least;)
            {
                var range = new ChunkRange(lane, WithSmallBefore(lane, from, gap.Until), gap.Until);
                from = _chunks.Make(range, StepBack).Until;
            }
        }
    }

    // A rest leaves a small chunk. The next one takes those before it in, as long as none is taken in that is much larger
    // than what has come: so there are few small ones, and an event is put into columns a handful of times at most.
    private long WithSmallBefore(int lane, long from, long until)
    {
        var all = _chunks[lane].All;
        for (var i = LaneChunks.LastBefore(all, from); i >= 0; i--)
        {
            var range = all[i].Range;
            if (range.Until != from || range.LogBytes > 2 * (until - from) || until - range.From > _options.LogBytes)
            {
                break;
            }

            from = range.From;
        }

        return from;
    }

    private void LookForRest()
    {
        var commits = Interlocked.Read(ref _commits);
        if (commits != Interlocked.Exchange(ref _commitsBefore, commits))
        {
            _resting.Change(Rest, Timeout.InfiniteTimeSpan);
            return;
        }

        Volatile.Write(ref _waits, 0);
        _ = _options.Run(MakeAsAtRest);
    }

    private bool IsDue()
    {
        var isPaused = _options.Clock.GetTimestamp() < Volatile.Read(ref _pauseUntil);
        return IsDue(isPaused ? BehindMax * _options.LogBytes : _options.LogBytes);
    }

    private bool IsDue(long least)
    {
        for (var lane = 0; lane < _failedUntil.Length; lane++)
        {
            var until = _options.Log.Durable[lane].Until.Value;
            var all = _chunks[lane].All;
            var covered = all.IsEmpty ? _options.Log.Durable[lane].Begin.Value : all[^1].Range.Until;
            if (until >= Volatile.Read(ref _failedUntil[lane]) && until - covered >= least)
            {
                return true;
            }
        }

        return false;
    }

    private void Remember(Exception fault)
    {
        Volatile.Write(ref _fault, fault);
        for (var lane = 0; lane < _failedUntil.Length; lane++)
        {
            Volatile.Write(ref _failedUntil[lane], _options.Log.Durable[lane].Until.Value + _options.LogBytes);
        }
    }
}
