using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Klaviyo.Channels;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.Outbox;

namespace Klaviyo;

public sealed partial class CustomerPlatform
{
    private static readonly TimeSpan ClosingMax = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _closing = new();
    private readonly System.Threading.Lock _listenersGate = new();
    private readonly List<Channel<FlowDecision>> _listeners = [];

    // What a commit that failed left behind is published with the next one.
    private readonly List<FlowDecision> _unpublished = [];
    private Task? _loop;

    /// <summary>Does all that is due by the clock: lets runs take their steps, sends messages, records results.</summary>
    /// <param name="cancellationToken">
    /// Ends it early. Messages without a result are offered again in the next turn, with the same key.
    /// </param>
    /// <returns>What was done. Completes when all of it is durable, and no channel is busy with a message.</returns>
    /// <remarks>
    /// <para>Callers, and the loop in the background, take turns: one of them decides at a time, and nobody waits for the channels of
    /// another. Writers go on meanwhile.</para>
    /// <para>A message that is to be tried again is tried in a later turn.</para>
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The platform is closed, or was meanwhile.</exception>
    /// <exception cref="StorePoisonedException">The disk has failed; close the store and open it again.</exception>
    public ValueTask<FlowProgress> RunDueAsync(CancellationToken cancellationToken = default) =>
        new(UntilClosedAsync(RunUntilIdleAsync, cancellationToken));

    /// <summary>Starts a loop in the background that does what is due when it is due, until the platform is closed.</summary>
    /// <remarks>
    /// <para>It sleeps until the next due instant; a trigger wakes it. Starting it again changes nothing.</para>
    /// <para>A failure of the store ends it, and is thrown by <see cref="CustomerDatabase.DisposeAsync"/>. A host that wants to know at once
    /// awaits <see cref="RunFlowsAsync"/> instead.</para>
    /// </remarks>
    public void StartFlows()
    {
        lock (_listenersGate)
        {
            _loop ??= Task.Run(() => RunFlowsAsync(_closing.Token), CancellationToken.None);
        }
    }

    /// <summary>Does what is due when it is due, until it is cancelled.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="OperationCanceledException">It was cancelled, the only way in which it ends well.</exception>
    /// <exception cref="ObjectDisposedException">The platform was closed meanwhile.</exception>
    /// <exception cref="StorePoisonedException">The disk has failed; close the store and open it again.</exception>
    public Task RunFlowsAsync(CancellationToken cancellationToken) => UntilClosedAsync(RunForEverAsync, cancellationToken);

    /// <summary>Follows what happens to runs and messages from now on.</summary>
    /// <param name="cancellationToken">Ends the subscription.</param>
    /// <returns>
    /// Each decision once it is durable, in order within a run, until the platform is closed. Nothing is lost; what is not read is kept in
    /// memory.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The platform is closed.</exception>
    public IAsyncEnumerable<FlowDecision> Decisions(CancellationToken cancellationToken = default)
    {
        // Subscribed by the call, not by the first step of the enumeration: what happens in between counts.
        return ListenAsync(Listen(), cancellationToken);
    }

    /// <summary>Makes a channel that gets each decision once it is durable, until the platform is closed.</summary>
    internal Channel<FlowDecision> Listen()
    {
        var listener = Channel.CreateUnbounded<FlowDecision>(new UnboundedChannelOptions { SingleReader = true });
        lock (_listenersGate)
        {
            // Nothing would ever end the subscription.
            ObjectDisposedException.ThrowIf(_closing.IsCancellationRequested, this);
            _listeners.Add(listener);
            _flows.HasListeners = true;
        }

        return listener;
    }

    private async IAsyncEnumerable<FlowDecision> ListenAsync(
        Channel<FlowDecision> listener, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var decision in listener.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
            {
                yield return decision;
            }
        }
        finally
        {
            lock (_listenersGate)
            {
                _listeners.Remove(listener);
                _flows.HasListeners = _listeners.Count > 0;
            }
        }
    }

    // Whoever is told to stop, by the caller or because the platform is closed, and whoever fails, waits for no channel any more.
    private async Task<FlowProgress> UntilClosedAsync(
        Func<CancellationToken, Task<FlowProgress>> run, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _closing.Token);
        try
        {
            return await run(stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new ObjectDisposedException(nameof(CustomerPlatform));
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
        }
    }

    private async Task<FlowProgress> RunUntilIdleAsync(CancellationToken stop)
    {
        using var span = _meter.Turn();
        var progress = new FlowProgress();
        while (true)
        {
            (progress, var isMore) = await RunTurnAsync(progress, stop).ConfigureAwait(false);
            if (!isMore && !_sender.IsBusy)
            {
                return progress;
            }

            await _sender.WhenIdleAsync(null, stop).ConfigureAwait(false);
        }
    }

    private async Task<FlowProgress> RunForEverAsync(CancellationToken stop)
    {
        while (true)
        {
            // A message that comes back wakes it like anything that is due.
            _flows.Signal.Prepare();
            var wake = await RunTurnsAsync(stop).ConfigureAwait(false);
            await _flows.Signal.SleepAsync(wake, Clock, stop).ConfigureAwait(false);
        }
    }

    private async Task<Instant?> RunTurnsAsync(CancellationToken stop)
    {
        using var span = _meter.Turn();
        var (progress, isMore) = (new FlowProgress(), true);
        while (isMore)
        {
            (progress, isMore) = await RunTurnAsync(progress, stop).ConfigureAwait(false);
        }

        return progress.NextWake;
    }

    // Records what came back, decides, makes it durable, hands it over. What channels do with it nobody waits for here.
    private async Task<(FlowProgress Progress, bool IsMore)> RunTurnAsync(FlowProgress progress, CancellationToken stop)
    {
        await _turn.WaitAsync(stop).ConfigureAwait(false);
        try
        {
            // Who enters a segment by time does so before the flows of that instant decide.
            Store.RunSegments();
            var (recorded, isRecorded) = RecordDone(progress);
            _turns.SettleOpen();
            var (transitions, batch, settled) = await DecideAsync(stop).ConfigureAwait(false);
            await PublishAndHandAsync(batch.Offers, stop).ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
            progress = recorded with { Transitions = recorded.Transitions + transitions, NextWake = NextWake() };
            return (progress, isRecorded || settled || transitions > 0 || batch.Offers.Count > 0);
        }
        finally
        {
            _turn.Release();
        }
    }

    // Runs first, in slices, until nothing more is due; then what they want to send; then whose turn it is in a line, and what follows.
    private async Task<(long Transitions, OfferBatch Batch, bool Settled)> DecideAsync(CancellationToken cancellationToken)
    {
        var (batch, transitions, settled) = (new OfferBatch(_sender), 0L, false);
        try
        {
            while (true)
            {
                var (made, more) = await DecideAsync(batch, cancellationToken).ConfigureAwait(false);
                var inTurn = await _turns.ServeAsync(batch, cancellationToken).ConfigureAwait(false);
                transitions += made + inTurn;
                settled |= more;
                if (inTurn == 0)
                {
                    return (transitions, batch, settled);
                }
            }
        }
        catch
        {
            PutBack(batch.Offers);
            throw;
        }
    }

    private async Task<(long Transitions, bool Settled)> DecideAsync(OfferBatch batch, CancellationToken cancellationToken)
    {
        var (slice, settled) = (new FlowSlice(Clock), false);
        for (var lane = 0; lane < Store.LaneCount; lane++)
        {
            var flows = _flows.Lanes[lane];
            WakeSlice(lane, slice);
            if (slice.MayBeMore)
            {
                // A long turn keeps no thread of the pool from those who wait for one: a commit needs it too.
                await Task.Factory.StartNew(
                    () => WakeAll(lane, slice, cancellationToken),
                    CancellationToken.None,
                    TaskCreationOptions.LongRunning,
                    TaskScheduler.Default).ConfigureAwait(false);
            }

            Store.Run(lane, scope => settled |= flows.TakeOffers(scope, batch));
        }

        return (slice.Transitions, settled);
    }

    private void WakeAll(int lane, FlowSlice slice, CancellationToken cancellationToken)
    {
        while (slice.MayBeMore && !cancellationToken.IsCancellationRequested)
        {
            WakeSlice(lane, slice);
        }
    }

    private void WakeSlice(int lane, FlowSlice slice)
    {
        Store.Run(lane, scope => _flows.Lanes[lane].Wake(scope, slice));
        Store.LetOthersIn(lane);
    }

    private async Task PublishAndHandAsync(List<Offer> offers, CancellationToken stop)
    {
        try
        {
            await PublishAsync(offers.Count > 0, stop).ConfigureAwait(false);
            _sender.Hand(offers, stop);
        }
        catch
        {
            PutBack(offers);
            throw;
        }
    }

    // Whoever hears of a decision, a channel or a listener, hears of it when it is durable.
    private async Task PublishAsync(bool commitAlways, CancellationToken cancellationToken)
    {
        var changed = commitAlways;
        for (var lane = 0; lane < Store.LaneCount; lane++)
        {
            var flows = _flows.Lanes[lane];
            Store.Run(lane, _ => changed |= flows.TakeNews(_unpublished));
        }

        if (!changed)
        {
            return;
        }

        await CommitAsync(cancellationToken).ConfigureAwait(false);
        lock (_listenersGate)
        {
            _listeners.ForEach(listener => _unpublished.ForEach(decision => listener.Writer.TryWrite(decision)));
        }

        _unpublished.Clear();
    }

    private void PutBack(List<Offer> offers)
    {
        foreach (var offer in offers)
        {
            var flows = _flows.Lanes[offer.Lane];
            Store.Run(offer.Lane, scope => flows.PutBack(scope, offer));
        }
    }

    private (FlowProgress Progress, bool IsAny) RecordDone(FlowProgress progress)
    {
        var done = _sender.TakeDone();
        foreach (var offer in done)
        {
            if (offer.Result is not { } result)
            {
                PutBack([offer]);
                continue;
            }

            var flows = _flows.Lanes[offer.Lane];
            Store.Run(offer.Lane, scope => flows.Record(scope, offer, result));
            progress = progress with
            {
                Delivered = progress.Delivered + (result.Outcome == ChannelOutcome.Delivered ? 1 : 0),
                Retried = progress.Retried + (result.Outcome == ChannelOutcome.Retry ? 1 : 0),
                Failed = progress.Failed + (result.Outcome == ChannelOutcome.Failed ? 1 : 0),
            };
        }

        _turns.Settle(done);
        return (progress, done.Count > 0);
    }

    private Instant? NextWake()
    {
        var next = Store.NextSegmentWake();
        for (var lane = 0; lane < Store.LaneCount; lane++)
        {
            var flows = _flows.Lanes[lane];
            Store.Run(lane, _ => next = flows.NextWake is { } wake && (next is null || wake < next) ? wake : next);
        }

        return _turns.NextWake() is { } turn && (next is null || turn < next) ? turn : next;
    }

    // Every attempt was told to end. One that does not is left to the next opening, which offers its message again with the same key.
    private async Task RecordLastAsync()
    {
        try
        {
            // Real seconds: nobody turns a virtual clock while it closes.
            await _sender.WhenIdleAsync(null, CancellationToken.None).WaitAsync(ClosingMax).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // What the others have become is recorded all the same.
        }

        await _turn.WaitAsync().ConfigureAwait(false);
        try
        {
            RecordDone(new FlowProgress());
        }
        catch (StorePoisonedException)
        {
            // Nothing can be recorded any more: these too are offered again.
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task StopFlowsAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_loop is not null)
        {
            await _loop.ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }

        await RecordLastAsync().ConfigureAwait(false);
        lock (_listenersGate)
        {
            _listeners.ForEach(listener => listener.Writer.TryComplete());
        }

        // Nobody else waited for the loop: what ended it must not be lost.
        if (_loop is { IsFaulted: true })
        {
            await _loop.ConfigureAwait(false);
        }
    }
}
