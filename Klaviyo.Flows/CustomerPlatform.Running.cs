using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Klaviyo.Channels;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.Outbox;

namespace Klaviyo;

public sealed partial class CustomerPlatform
{
    private const int OffersInSlice = 512;

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _closing = new();
    private readonly System.Threading.Lock _listenersGate = new();
    private readonly List<Channel<FlowDecision>> _listeners = [];

    // What a commit that failed left behind is published with the next one.
    private readonly List<FlowDecision> _unpublished = [];
    private Task? _loop;

    /// <summary>Does all that is due by the clock: lets runs take their steps, sends messages, records results.</summary>
    /// <param name="cancellationToken">
    /// Ends the turn early. Messages without a result are offered again in the next one, with the same key.
    /// </param>
    /// <returns>What was done. Completes when all of it is durable.</returns>
    /// <remarks>
    /// <para>One turn at a time: a second caller waits for the first. Writers go on meanwhile.</para>
    /// <para>A message that is to be tried again is tried in a later turn.</para>
    /// </remarks>
    /// <exception cref="StorePoisonedException">The disk has failed; close the store and open it again.</exception>
    public async ValueTask<FlowProgress> RunDueAsync(CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await RunTurnAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Starts a loop in the background that does what is due when it is due, until the platform is closed.</summary>
    /// <remarks>
    /// <para>It sleeps until the next due instant; a trigger wakes it. Starting it again changes nothing.</para>
    /// <para>A failure of the store ends it, and is thrown by <see cref="DisposeAsync"/>. A host that wants to know at once
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
    public async Task RunFlowsAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            _flows.Signal.Prepare();
            var progress = await RunDueAsync(cancellationToken).ConfigureAwait(false);
            await _flows.Signal.SleepAsync(progress.NextWake, Clock, cancellationToken).ConfigureAwait(false);
        }
    }

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

    private async Task<FlowProgress> RunTurnAsync(CancellationToken cancellationToken)
    {
        using var span = _meter.Turn();
        var progress = new FlowProgress();
        while (true)
        {
            // Who enters a segment by time does so before the flows of that instant decide.
            Store.RunSegments();
            _turns.SettleOpen();
            var (transitions, offers, settled) = await DecideAsync(cancellationToken).ConfigureAwait(false);
            progress = progress with { Transitions = progress.Transitions + transitions };
            var results = await PublishAndSendAsync(offers, cancellationToken).ConfigureAwait(false);
            _turns.Settle(offers);
            progress = Record(results, progress);
            cancellationToken.ThrowIfCancellationRequested();
            if (transitions == 0 && offers.Count == 0 && !settled)
            {
                return progress with { NextWake = NextWake() };
            }
        }
    }

    // Runs first, in slices, until nothing more is due; then what they want to send; then whose turn it is in a line, and what follows.
    private async Task<(long Transitions, List<Offer> Offers, bool Settled)> DecideAsync(CancellationToken cancellationToken)
    {
        var (offers, transitions, settled) = (new List<Offer>(), 0L, false);
        try
        {
            while (true)
            {
                var (made, more) = await DecideAsync(offers, cancellationToken).ConfigureAwait(false);
                var inTurn = await _turns.ServeAsync(offers, OffersInSlice, cancellationToken).ConfigureAwait(false);
                transitions += made + inTurn;
                settled |= more;
                if (inTurn == 0)
                {
                    return (transitions, offers, settled);
                }
            }
        }
        catch
        {
            PutBack(offers);
            throw;
        }
    }

    private async Task<(long Transitions, bool Settled)> DecideAsync(List<Offer> offers, CancellationToken cancellationToken)
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

            Store.Run(lane, scope => settled |= flows.TakeOffers(scope, offers, OffersInSlice));
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

    private async Task<IReadOnlyList<(Offer Offer, ChannelResult? Result)>> PublishAndSendAsync(
        List<Offer> offers, CancellationToken cancellationToken)
    {
        try
        {
            await PublishAsync(offers.Count > 0, cancellationToken).ConfigureAwait(false);
            return await _sender.SendAsync(offers, cancellationToken).ConfigureAwait(false);
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

    private FlowProgress Record(IReadOnlyList<(Offer Offer, ChannelResult? Result)> results, FlowProgress progress)
    {
        foreach (var (offer, result) in results)
        {
            var flows = _flows.Lanes[offer.Lane];
            if (result is null)
            {
                PutBack([offer]);
                continue;
            }

            Store.Run(offer.Lane, scope => flows.Record(scope, offer, result));
            progress = progress with
            {
                Delivered = progress.Delivered + (result.Outcome == ChannelOutcome.Delivered ? 1 : 0),
                Retried = progress.Retried + (result.Outcome == ChannelOutcome.Retry ? 1 : 0),
                Failed = progress.Failed + (result.Outcome == ChannelOutcome.Failed ? 1 : 0),
            };
        }

        return progress;
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

    private async Task StopFlowsAsync()
    {
        await _closing.CancelAsync().ConfigureAwait(false);
        if (_loop is not null)
        {
            await _loop.ContinueWith(_ => { }, TaskScheduler.Default).ConfigureAwait(false);
        }

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
