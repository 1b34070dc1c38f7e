namespace Klaviyo.Storage.Log;

/// <summary>How far the log of one lane is in its files, and who waits for more.</summary>
/// <threadsafety>All members are safe for concurrent use; one task waiter at a time.</threadsafety>
internal sealed class FlushProgress
{
    private readonly object _gate = new();
    private readonly LogFault _fault;
    private long _flushed;
    private long _awaited;
    private TaskCompletionSource? _waiter;

    internal FlushProgress(long flushed, LogFault fault)
    {
        _flushed = flushed;
        _fault = fault;
        fault.Latched += () => Advance(Flushed);
    }

    /// <summary>Gets the address below which everything can be read from the files.</summary>
    internal long Flushed => Volatile.Read(ref _flushed);

    /// <summary>Moves the address, never back, and wakes those who wait.</summary>
    internal void Advance(long flushed)
    {
        lock (_gate)
        {
            Volatile.Write(ref _flushed, Math.Max(flushed, _flushed));
            Monitor.PulseAll(_gate);
            if (_waiter is not null && IsOver(_awaited))
            {
                _waiter.SetResult();
                _waiter = null;
            }
        }
    }

    /// <summary>Blocks until the address is reached.</summary>
    /// <exception cref="StorePoisonedException">The disk failed, so it will not be.</exception>
    internal void WaitFor(long address)
    {
        lock (_gate)
        {
            while (!IsOver(address))
            {
                Monitor.Wait(_gate);
            }
        }

        _fault.ThrowIfLatched();
    }

    /// <summary>Completes when the address is reached or the disk has failed: look at the fault then.</summary>
    internal Task WhenReached(long address)
    {
        lock (_gate)
        {
            if (IsOver(address))
            {
                return Task.CompletedTask;
            }

            _awaited = address;
            _waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _waiter.Task;
        }
    }

    private bool IsOver(long address) => _flushed >= address || _fault.IsLatched;
}
