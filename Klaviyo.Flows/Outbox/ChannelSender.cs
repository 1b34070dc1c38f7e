using System.Diagnostics;
using Klaviyo.Channels;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.State;
using Klaviyo.Flows.Telemetry;
using Klaviyo.Storage.Timers;

namespace Klaviyo.Flows.Outbox;

/// <summary>Hands messages to channels beside the turns, and keeps what becomes of them until a turn takes it.</summary>
/// <remarks>
/// <para>Each channel has its own queue, of a bounded length, and its own workers: one that is slow, or never answers, holds up nobody
/// else. A channel that stands under two names is one.</para>
/// <para>A worker goes on to the next message on the same thread. A channel that answers later frees it for another worker; one
/// that keeps its caller waiting gets threads of its own, because commits and turns need those of the pool.</para>
/// </remarks>
/// <threadsafety>All members are safe for concurrent use.</threadsafety>
internal sealed class ChannelSender(CustomerPlatformOptions options, FlowMeter meter, WakeSignal signal)
{
    private const int Waiting = 512;
    private const string NoResult = "The channel returned no result.";

    private readonly System.Threading.Lock _gate = new();
    private readonly Dictionary<IChannel, ChannelQueue> _queues = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<Offer> _out = new(ReferenceEqualityComparer.Instance);
    private readonly List<(string? Flow, TaskCompletionSource Done)> _waiters = [];
    private List<Offer> _done = [];
    private long _handed;

    /// <summary>Gets whether any message was handed over of which no turn has taken the result.</summary>
    internal bool IsBusy
    {
        get
        {
            lock (_gate)
            {
                return _out.Count > 0;
            }
        }
    }

    /// <summary>Gets how many messages a channel takes now.</summary>
    internal int RoomOf(string channel)
    {
        lock (_gate)
        {
            var room = Waiting + options.SendsAtATime;
            return Find(channel) is { } queue ? room - queue.Count : room;
        }
    }

    /// <summary>Gets how many messages of a lane for the channel of a line were handed over of which no turn has taken the result.</summary>
    internal int CountOut(int lane, string line)
    {
        if (!LineNames.IsOfChannel(line))
        {
            return 0;
        }

        var channel = LineNames.ChannelOf(line);
        lock (_gate)
        {
            return _out.Count(o => o.Lane == lane && o.Message.Channel == channel);
        }
    }

    /// <summary>Hands messages over, and does not wait for them.</summary>
    /// <param name="offers">The messages, each durable.</param>
    /// <param name="stop">Ends the attempts; those that have not begun are not made then.</param>
    internal void Hand(IReadOnlyList<Offer> offers, CancellationToken stop)
    {
        var turn = Activity.Current;
        lock (_gate)
        {
            foreach (var offer in offers)
            {
                (offer.Number, offer.Stop, offer.Turn) = (_handed++, stop, turn);
                _out.Add(offer);
                if (Find(offer.Message.Channel) is not { } queue)
                {
                    DoneUnderLock(offer, ChannelResult.Failed($"The options hold no channel '{offer.Message.Channel}'."));
                    continue;
                }

                queue.Add(offer);
            }

            foreach (var queue in _queues.Values)
            {
                StartWorkerUnderLock(queue);
            }
        }
    }

    /// <summary>Takes the messages whose attempts are over, in the order in which they were handed over.</summary>
    internal IReadOnlyList<Offer> TakeDone()
    {
        List<Offer> done;
        lock (_gate)
        {
            if (_done.Count == 0)
            {
                return [];
            }

            (done, _done) = (_done, []);
            _out.ExceptWith(done);
        }

        done.Sort((one, other) => one.Number.CompareTo(other.Number));
        return done;
    }

    /// <summary>Completes when no attempt is under way.</summary>
    /// <param name="flow">Of a flow; null for all.</param>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    internal Task WhenIdleAsync(string? flow, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (IsIdleUnderLock(flow))
            {
                return Task.CompletedTask;
            }

            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiters.Add((flow, done));
            return done.Task.WaitAsync(cancellationToken);
        }
    }

    private ChannelQueue? Find(string name)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread, "The queues belong to the gate.");
        if (!options.Channels.TryGetValue(name, out var channel))
        {
            return null;
        }

        if (!_queues.TryGetValue(channel, out var queue))
        {
            _queues.Add(channel, queue = new ChannelQueue(channel));
        }

        return queue;
    }

    private bool IsIdleUnderLock(string? flow)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread, "What is out belongs to the gate.");
        return flow is null ? _done.Count == _out.Count : !_out.Any(o => !o.IsDone && o.Message.Flow == flow);
    }

    private void StartWorkerUnderLock(ChannelQueue queue)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread, "The queues belong to the gate.");
        if (!queue.IsReady || queue.Workers == options.SendsAtATime)
        {
            return;
        }

        queue.Workers++;
        _ = Task.Factory.StartNew(
            () => WorkAsync(queue),
            CancellationToken.None,
            queue.KeepsThread ? TaskCreationOptions.LongRunning : TaskCreationOptions.None,
            TaskScheduler.Default);
    }

    private async Task WorkAsync(ChannelQueue queue)
    {
        while (TryTake(queue, out var offer))
        {
            var called = Stopwatch.GetTimestamp();
            var sending = SendAsync(queue.Channel, offer);
            var taken = Stopwatch.GetElapsedTime(called);
            if (!sending.IsCompleted)
            {
                StartWorker(queue);
            }

            Done(queue, offer, await sending.ConfigureAwait(false), taken);
        }
    }

    private bool TryTake(ChannelQueue queue, out Offer offer)
    {
        lock (_gate)
        {
            if (!queue.TryTake(out offer))
            {
                queue.Workers--;
                return false;
            }

            if (queue.KeepsThread)
            {
                StartWorkerUnderLock(queue);
            }

            return true;
        }
    }

    private void StartWorker(ChannelQueue queue)
    {
        lock (_gate)
        {
            StartWorkerUnderLock(queue);
        }
    }

    private void Done(ChannelQueue queue, Offer offer, ChannelResult? result, TimeSpan called)
    {
        lock (_gate)
        {
            queue.Done(offer, called);
            DoneUnderLock(offer, result);
        }

        signal.Wake();
    }

    private void DoneUnderLock(Offer offer, ChannelResult? result)
    {
        Debug.Assert(_gate.IsHeldByCurrentThread, "What is out belongs to the gate.");
        (offer.Result, offer.IsDone) = (result, true);
        _done.Add(offer);
        for (var i = _waiters.Count - 1; i >= 0; i--)
        {
            if (IsIdleUnderLock(_waiters[i].Flow))
            {
                _waiters[i].Done.TrySetResult();
                _waiters.RemoveAt(i);
            }
        }
    }

    private async Task<ChannelResult?> SendAsync(IChannel channel, Offer offer)
    {
        if (offer.Stop.IsCancellationRequested)
        {
            return null;
        }

        // The worker may be of another turn.
        Activity.Current = offer.Turn;
        var result = (ChannelResult?)null;
        try
        {
            var (message, began) = (offer.Message, options.Clock.GetTimestamp());
            offer.Began = options.Clock.GetUtcNow();
            using var span = meter.Attempt(message, offer.Began.Value);
            result = await AttemptAsync(channel, message, offer.Stop).ConfigureAwait(false);
            if (result is not null)
            {
                meter.Attempted(span, message.Channel, result, options.Clock.GetElapsedTime(began));
            }

            return result;
        }
#pragma warning disable CA1031 // The clock is the host's too. What the channel has said stands, and the worker goes on.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return result ?? ChannelResult.Retry(BriefText.Of(exception));
        }
    }

    private static async Task<ChannelResult?> AttemptAsync(IChannel channel, FlowMessage message, CancellationToken cancellationToken)
    {
        try
        {
            // Null among us means that the attempt was ended; from a channel it is what a default ValueTask holds.
            return await channel.SendAsync(message, cancellationToken).ConfigureAwait(false) ?? ChannelResult.Retry(NoResult);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return null;
        }
#pragma warning disable CA1031 // The edge to code of the host: whatever it throws is a result of the attempt.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            return ChannelResult.Retry(BriefText.Of(exception));
        }
    }
}
