using FASTER.core;

namespace Klaviyo.Storage.Log;

/// <summary>FASTER's device for one lane: writes pages to the lane's segments, in order, one at a time.</summary>
/// <remarks>
/// <para>FASTER asks for writes while it holds its epoch, so a request is only queued there. The committer carries its
/// own out on its own thread (<see cref="CarryOut(Action)"/>), which saves it a hop; those of an appender that filled a
/// page are carried out by the thread pool, so that an append does not wait for the disk.</para>
/// <para>The first failure latches the fault of the store. From then on every request fails without touching the disk:
/// a failed write is never tried again.</para>
/// </remarks>
internal sealed class LaneDevice : StorageDeviceBase, IThreadPoolWorkItem
{
    internal const int SectorBytes = 512;

    private readonly LaneSegments _segments;
    private readonly LogFault _fault;
    private readonly long _end;
    private readonly object _gate = new();
    private readonly Queue<PageWrite> _queue = new();
    private bool _busy;
    private bool _closed;
    private int _committerThread;

    /// <summary>Initializes the device.</summary>
    /// <param name="segments">The files.</param>
    /// <param name="fault">The fault of the store.</param>
    /// <param name="end">Where the log ends now: what the files have behind is never read.</param>
    internal LaneDevice(LaneSegments segments, LogFault fault, long end)
        : base(segments.Folder, SectorBytes, Devices.CAPACITY_UNSPECIFIED)
    {
        _segments = segments;
        _fault = fault;
        _end = end;
    }

    /// <summary>Gets or sets what is called after each write, on the thread that wrote.</summary>
    internal Action? AfterWrite { get; set; }

    /// <summary>
    /// Runs an action that may queue writes, then carries them out on this thread if no other is at it.
    /// </summary>
    internal void CarryOut(Action queueing)
    {
        _committerThread = Environment.CurrentManagedThreadId;
        try
        {
            queueing();
        }
        finally
        {
            _committerThread = 0;
        }

        CarryOutQueued(isAhead: false);
    }

    public override void WriteAsync(IntPtr sourceAddress, int segmentId, ulong destinationAddress, uint numBytesToWrite,
        DeviceIOCompletionCallback callback, object context)
    {
        lock (_gate)
        {
            if (_closed)
            {
                return;
            }

            var bytes = checked((int)numBytesToWrite);
            _queue.Enqueue(new PageWrite(sourceAddress, segmentId, (long)destinationAddress, bytes, callback, context));
            if (_busy)
            {
                return;
            }
        }

        if (_committerThread != Environment.CurrentManagedThreadId)
        {
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    /// <summary>Carries out what is queued, unless another thread is at it.</summary>
    public void Execute() => CarryOutQueued(isAhead: true);

    private void CarryOutQueued(bool isAhead)
    {
        lock (_gate)
        {
            if (_busy)
            {
                return;
            }

            _busy = true;
        }

        while (TryNext(out var write))
        {
            CarryOut(in write, isAhead);
        }
    }

    /// <summary>Reads the page that holds the tail; only recovery does.</summary>
    public override unsafe void ReadAsync(int segmentId, ulong sourceAddress, IntPtr destinationAddress,
        uint readLength, DeviceIOCompletionCallback callback, object context)
    {
        var into = new Span<byte>((void*)destinationAddress, checked((int)readLength));
        var offset = (long)sourceAddress;

        // The file reaches the last durable byte (the open has looked), but perhaps not the end of its sector.
        var start = (segmentId * _segments.Layout.SegmentBytes) + offset;
        var there = (int)Math.Clamp(Math.Min(_segments.LengthOf(segmentId) - offset, _end - start), 0, into.Length);
        into[there..].Clear();
        _segments.Read(start, into[..there]);
        callback(0, readLength, context);
    }

    public override void RemoveSegmentAsync(int segment, AsyncCallback callback, IAsyncResult result)
    {
        _segments.Delete(segment);
        callback(result);
    }

    /// <summary>
    /// Drops what is queued and waits for the write that is under way: FASTER's memory may go afterwards.
    /// </summary>
    public override void Dispose()
    {
        lock (_gate)
        {
            _closed = true;
            _queue.Clear();
            while (_busy)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    private bool TryNext(out PageWrite write)
    {
        lock (_gate)
        {
            if (_queue.TryDequeue(out write))
            {
                return true;
            }

            _busy = false;
            Monitor.PulseAll(_gate);
            return false;
        }
    }

    private unsafe void CarryOut(in PageWrite write, bool isAhead)
    {
        // The edge of a pool thread, and of FASTER's callbacks: whatever happens poisons the store and is told to all.
        try
        {
            _fault.ThrowIfLatched();
            _segments.Write(write.Segment, write.Offset, new ReadOnlySpan<byte>((void*)write.Source, write.Bytes), isAhead);
            write.Callback(0, (uint)write.Bytes, write.Context);
        }
        catch (Exception e)
        {
            _fault.Latch(e);
        }

        AfterWrite?.Invoke();
    }

    private readonly record struct PageWrite(
        IntPtr Source, int Segment, long Offset, int Bytes, DeviceIOCompletionCallback Callback, object Context);
}
