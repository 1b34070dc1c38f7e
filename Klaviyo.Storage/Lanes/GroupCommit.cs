using Klaviyo.Storage.Log;
using Klaviyo.Storage.Telemetry;

namespace Klaviyo.Storage.Lanes;

/// <summary>Makes what was applied durable, many callers with one write.</summary>
/// <remarks>
/// At most one commit is under way. Whoever comes meanwhile waits for the next one, which covers all that has been
/// applied until it starts. No thread waits idle: a commit is started by the first caller who needs it.
/// </remarks>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class GroupCommit(EventLog log, Func<LogCut> cutUnderAllGates, TimeProvider clock, StoreMeter meter)
{
    private readonly System.Threading.Lock _gate = new();
    private TaskCompletionSource _next = NewSource();
    private TaskCompletionSource _pulse = NewSource();
    private int _waiting;
    private bool _running;

    /// <summary>Gets a task that completes at the next commit: for readers that follow the log.</summary>
    internal Task NextPulse
    {
        get
        {
            lock (_gate)
            {
                return _pulse.Task;
            }
        }
    }

    /// <summary>Gets whether a commit is under way.</summary>
    internal bool IsUnderWay => Volatile.Read(ref _running);

    /// <summary>Completes when all that was applied before the call is durable.</summary>
    /// <exception cref="StorePoisonedException">The disk has failed.</exception>
    internal Task CommitAsync(CancellationToken cancellationToken)
    {
        Task wait;
        lock (_gate)
        {
            wait = _next.Task;
            _waiting++;
            if (!_running)
            {
                _running = true;
                _ = Task.Run(RunAsync, CancellationToken.None);
            }
        }

        return wait.WaitAsync(cancellationToken);
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync()
    {
        while (TakeWaiters(out var waiters))
        {
            try
            {
                var began = clock.GetTimestamp();
                await log.CommitAsync(cutUnderAllGates()).ConfigureAwait(false);
                meter.Committed(clock.GetElapsedTime(began));
                waiters.SetResult();
            }
#pragma warning disable CA1031 // Whatever ends a commit belongs to those who wait for it.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                waiters.SetException(fault);
                _ = waiters.Task.Exception;
            }

            Pulse();
        }
    }

    private bool TakeWaiters(out TaskCompletionSource waiters)
    {
        lock (_gate)
        {
            waiters = _next;
            _running = _waiting > 0;
            if (_running)
            {
                _next = NewSource();
                _waiting = 0;
            }

            return _running;
        }
    }

    /// <summary>Wakes the readers that follow the log: there is more of it, or there will be no more.</summary>
    internal void Pulse()
    {
        lock (_gate)
        {
            _pulse.SetResult();
            _pulse = NewSource();
        }
    }
}
