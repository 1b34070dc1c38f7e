using Klaviyo.Channels;
using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Flows.State;
using Klaviyo.Storage.Errors;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Simulation;

/// <summary>Runs a definition over the history of one profile after the other, on a virtual clock.</summary>
/// <remarks>
/// The same interpreter and the same order as live: the facts of a millisecond first, then what is due, by instant and by who entered first.
/// It is as if each fact had arrived when it happened, and every channel delivered at once. A profile without a trigger
/// in the span costs one look at its events.
/// </remarks>
/// <param name="flow">The flow.</param>
/// <param name="span">The span.</param>
/// <param name="policy">How often and when people may be written to.</param>
/// <param name="lines">Receives the runs that stand in lines; null for a flow without a rate limit.</param>
/// <threadsafety>One caller at a time, under the gate of the lane whose profiles it is given.</threadsafety>
internal sealed partial class FlowSimulator(FlowVersion flow, TimeRange span, SendPolicy policy, WaitingLines? lines = null)
{
    // A run that is woken earlier than it was queued for is queued again; what no longer counts is passed over.
    private readonly PriorityQueue<long, (long DueMs, (long EnteredMs, int Which, long Number) Place)> _queue = new();
    private readonly Dictionary<long, SimulatedRun> _runs = [];
    private readonly List<SimulatedRun> _awaiting = [];
    private readonly List<(Instant Time, EventId? Cause, int Which)> _triggers = [];
    private readonly SimulatedFacts _facts = new(flow.Definition.Name, span, policy);
    private readonly List<(CustomerEvent Event, int Hops)> _deliveries = [];
    private readonly Dictionary<PropertyValue, Instant> _entries = [];
    private long _lastRun;
    private Instant? _lastEntry;

    private ILaneScope _scope = null!;
    private int _ordinal;
    private int _nextTrigger;
    private int _hops;

    /// <summary>Gets when the next fact pulls a trigger or the next run is due, not after the span; null where there is nothing more.</summary>
    internal Instant? NextDecision
    {
        get
        {
            var due = FirstDue() is { } first && first.Wake <= span.Last ? first.Wake : default(Instant?);
            return Earlier(Earlier(Earlier(NextFact, NextFlip?.Next), due), _written?.At);
        }
    }

    private Instant? NextFact => _nextTrigger < _triggers.Count ? _triggers[_nextTrigger].Time : null;

    /// <summary>Gets whether messages are on their way, which arrive at the instant at which they were sent.</summary>
    internal bool HasDeliveries => _deliveries.Count > 0;

    /// <summary>Simulates one profile.</summary>
    /// <param name="scope">Its lane.</param>
    /// <param name="ordinal">The profile.</param>
    /// <param name="decisions">Receives what would have been done: sends, updates, skips and parked runs, by time.</param>
    internal void Simulate(ILaneScope scope, int ordinal, List<FlowDecision> decisions)
    {
        if (!Begin(scope, ordinal))
        {
            return;
        }

        while (true)
        {
            var decision = NextDecision;

            // As live: what is due decides first, then the channels deliver.
            if (HasDeliveries && (decision is null || _deliveries[0].Event.Time < decision))
            {
                Deliver();
            }
            else if (decision is not null)
            {
                Decide(decisions);
            }
            else
            {
                return;
            }
        }
    }

    /// <summary>Turns to a profile.</summary>
    /// <returns><see langword="false"/> if nothing pulls a trigger for it.</returns>
    internal bool Begin(ILaneScope scope, int ordinal)
    {
        (_scope, _ordinal, _nextTrigger) = (scope, ordinal, 0);
        _facts.Turn(scope, ordinal);
        FindTriggers(scope, ordinal);
        if (_triggers.Count == 0 && NextFlip is null)
        {
            return false;
        }

        _queue.Clear();
        _runs.Clear();
        _awaiting.Clear();
        _deliveries.Clear();
        _entries.Clear();
        (_lastRun, _lastEntry, _written) = (0, null, null);
        return true;
    }

    /// <summary>Does what is next: pulls a trigger, or lets a run take its steps.</summary>
    internal void Decide(List<FlowDecision> decisions)
    {
        var (first, flip) = (FirstDue(), NextFlip);
        var fact = NextFact;
        var next = Earlier(Earlier(fact, flip?.Next), first?.Wake);
        if (_written is { } written && !(next <= written.At))
        {
            Settle();
        }
        else if (flip is not null && flip.Next == next)
        {
            Flip(flip);
        }
        else if (fact is not null && fact == next)
        {
            var (time, cause, which) = _triggers[_nextTrigger++];
            Pull(time, cause, which, _ordinal);
        }
        else
        {
            _queue.Dequeue();
            Walk(first!, first!.Wake, null, decisions);
        }
    }

    /// <summary>Lets a run have its turn in a line.</summary>
    /// <returns>Whether it took it.</returns>
    internal bool TakeTurn(in LinePlace place, string line, Instant at, List<FlowDecision> decisions) =>
        Walk(_runs[place.Number], at, line, decisions);

    /// <summary>Gets the step on which a run stands.</summary>
    internal Step StepOf(in LinePlace place) => flow.Step(_runs[place.Number].State.Step);

    /// <summary>Delivers what was sent.</summary>
    internal void Deliver()
    {
        var delivered = _deliveries.ToList();
        _deliveries.Clear();
        foreach (var (delivery, hops) in delivered)
        {
            _hops = hops;
            Write(delivery, delivery.Time!.Value, _ordinal);
        }

        _hops = 0;
        if (_written is not null)
        {
            Settle();
        }
    }

    private static Instant? Earlier(Instant? one, Instant? other) => one is null || other < one ? other : one;

    private void Trigger(Instant at, EventId? cause, int which, int ordinal)
    {
        var run = Run.Of(new Transition
        {
            Kind = DecisionKind.Trigger,
            Slot = 0,
            Run = ++_lastRun,
            Seq = 1,
            At = at,
            Due = at,
            Start = new RunStart(0, flow.Number, ordinal, cause, which),
        }, plan: 0);
        var key = cause is { } id && Triggers[which].KeyPath is not null ? RunKey.Of(Triggers[which], _facts.TriggerOf(id)) : default;
        var simulated = new SimulatedRun(run, RunHops.Add(RunKey.VariablesOf(key), _hops));
        _runs.Add(run.Number, simulated);
        Queue(simulated, at);
    }

    private SimulatedRun? FirstDue()
    {
        while (_queue.TryPeek(out var number, out var place))
        {
            if (_runs.TryGetValue(number, out var run) && run.Wake.UnixMs == place.DueMs)
            {
                return run;
            }

            _queue.Dequeue();
        }

        return null;
    }

    private void Queue(SimulatedRun run, Instant wake)
    {
        run.Wake = wake;
        _queue.Enqueue(run.State.Number, (wake.UnixMs, run.State.Place));
    }

    // Gives whether the run took its turn in the line.
    private bool Walk(SimulatedRun run, Instant at, string? turnIn, List<FlowDecision> decisions)
    {
        var (before, profile, isTaken) = (run.State, _scope.IdOf(_ordinal), false);
        _awaiting.Remove(run);
        LeaveLine(run);
        TurnTo(run);
        _facts.TurnIn = turnIn;
        do
        {
            if (Next(run, at, out var write) is not { } next)
            {
                break;
            }

            isTaken |= _facts.TurnIn is not null && (next.Turn is not null || next.Kind == DecisionKind.Send);
            _facts.TurnIn = null;
            if (next.Kind == DecisionKind.Send)
            {
                Send((SendStep)flow.Step(next.From), at, profile, run, next.Seq);
            }

            if (IsAction(next.Kind))
            {
                decisions.Add(FlowDecision.Of(flow, flow, next, new RunId(run.State.Number), profile));
            }

            if (next.Kind == DecisionKind.Enter)
            {
                NoteEntry(run, at);
            }

            _hops = RunHops.After(run.Detail?.Variables, run.State.Entered, at);
            Write(write, at, _ordinal);
            _hops = 0;
            if (next.To == FlowGraph.End)
            {
                _runs.Remove(run.State.Number);
                ArmNext(before, _ordinal);
                return isTaken;
            }

            run.Move(next);
        }
        while (run.State.IsReady(at));
        ArmNext(before, _ordinal);
        Rest(run, at);
        return isTaken;
    }

    // As live: what a definition does wrong is the run's.
    private Transition? Next(SimulatedRun run, Instant at, out CustomerWrite? write)
    {
        write = null;
        try
        {
            return FlowInterpreter.Next(flow, run.State, run.Detail, _facts, at, out write);
        }
        catch (Exception fault) when (DefinitionFault.Is(fault))
        {
            write = null;
            return FlowLane.FailureOf(run.State, at, fault);
        }
    }

    private void Send(SendStep step, Instant at, ProfileId profile, SimulatedRun run, int seq)
    {
        if (!step.IsToProfile)
        {
            return;
        }

        _facts.Send(step.Channel, at);
        var message = new FlowMessage
        {
            Key = $"{run.State.Number}-{seq}",
            Channel = step.Channel,
            Flow = flow.Definition.Name,
            Step = step.Id,
            Run = new RunId(run.State.Number),
            Profile = profile,
            At = at,
            Attempt = 1,
            To = step.Address(_facts) ?? "",
        };
        if (MessageEvents.OfDelivery(message, "") is { } delivery)
        {
            _deliveries.Add((delivery, RunHops.After(run.Detail?.Variables, run.State.Entered, at)));
        }
    }

    private void TurnTo(SimulatedRun run)
    {
        _facts.Turn(run.State.TriggerId);
        var key = RunKey.Of(run.Detail);
        _facts.LastEntry = key.IsNull ? _lastEntry : _entries.TryGetValue(key, out var at) ? at : null;
        _facts.IsKeyInUse = !key.IsNull && run.State.Status == RunStatus.Triggered
            && _runs.Values.Any(r => r.State.Step != FlowGraph.End && RunKey.Of(r.Detail) == key);
    }

    private void NoteEntry(SimulatedRun run, Instant at)
    {
        var key = RunKey.Of(run.Detail);
        (_lastEntry, _facts.LastEntry) = (at, at);
        if (!key.IsNull)
        {
            _entries[key] = at;
        }
    }

    private void Rest(SimulatedRun run, Instant at)
    {
        if (run.State.Status != RunStatus.Awaiting)
        {
            // Nobody releases who is parked.
            if (run.State.Status != RunStatus.Parked)
            {
                Queue(run, run.State.Due);
            }

            return;
        }

        _awaiting.Add(run);
        if (run.Detail is { Line: { Length: > 0 } line })
        {
            lines!.Add(line, 0, PlaceOf(run));
        }

        var written = _scope.NextWrite(_ordinal, at);
        Queue(run, written < run.State.Due ? written.Value : run.State.Due);
    }

    private void LeaveLine(SimulatedRun run)
    {
        if (run.Detail is { Line: { Length: > 0 } line })
        {
            lines!.Remove(line, 0, PlaceOf(run));
        }
    }

    private LinePlace PlaceOf(SimulatedRun run)
    {
        var state = run.State;
        return new LinePlace(run.Detail!.Arrived.UnixMs, _scope.Lane, _ordinal, state.EnteredMs, state.Which, state.Number, 0);
    }

    private void Write(CustomerWrite? write, Instant at, int ordinal)
    {
        if (write is null)
        {
            return;
        }

        var own = _facts.Write(write);
        NoteWrite(at);
        foreach (var run in _awaiting)
        {
            if (run.Wake > at)
            {
                Queue(run, at);
            }
        }

        PullByWrite(write, own, at, ordinal);
    }

    private static bool IsAction(DecisionKind kind) =>
        kind is DecisionKind.Send or DecisionKind.Skip or DecisionKind.Update or DecisionKind.Park;

    private sealed class SimulatedRun(Run state, PropertyMap? variables)
    {
        private Run _state = state;

        internal ref readonly Run State => ref _state;

        internal RunDetail? Detail { get; private set; } =
            variables is null ? null : new RunDetail { Variables = variables };

        internal Instant Wake { get; set; }

        internal void Move(in Transition transition)
        {
            Detail = RunDetail.Next(Detail, _state.Status, transition);
            _state.Move(transition);
            if (_state.Status == RunStatus.Sending)
            {
                // Every channel delivers at once.
                _state.Status = RunStatus.Sent;
            }
        }
    }
}
