using Klaviyo.Channels;
using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Simulation;

/// <summary>Runs a definition over the history of one profile after the other, on a virtual clock.</summary>
/// <remarks>
/// The same interpreter and the same order as live: the facts of a millisecond first, then what is due, by instant and by who entered first.
/// It is as if each fact had arrived when it happened, and every channel delivered at once. A profile without a trigger
/// in the span costs one look at its events.
/// </remarks>
/// <threadsafety>One caller at a time, under the gate of the lane whose profiles it is given.</threadsafety>
internal sealed partial class FlowSimulator(FlowVersion flow, TimeRange span, SendPolicy policy)
{
    // A run that is woken earlier than it was queued for is queued again; what no longer counts is passed over.
    private readonly PriorityQueue<long, (long DueMs, (long EnteredMs, int Which, long Number) Place)> _queue = new();
    private readonly Dictionary<long, SimulatedRun> _runs = [];
    private readonly List<SimulatedRun> _awaiting = [];
    private readonly List<(Instant Time, EventId? Cause, int Which)> _triggers = [];
    private readonly SimulatedFacts _facts = new(flow.Definition.Name, span, policy);
    private readonly List<CustomerEvent> _deliveries = [];
    private long _lastRun;

    /// <summary>Simulates one profile.</summary>
    /// <param name="scope">Its lane.</param>
    /// <param name="ordinal">The profile.</param>
    /// <param name="decisions">Receives what would have been done: sends, updates and skips, by time.</param>
    internal void Simulate(ILaneScope scope, int ordinal, List<FlowDecision> decisions)
    {
        FindTriggers(scope, ordinal);
        if (_triggers.Count == 0)
        {
            return;
        }

        _facts.Turn(scope, ordinal);
        _queue.Clear();
        _runs.Clear();
        _awaiting.Clear();
        _deliveries.Clear();
        _lastRun = 0;
        var next = 0;
        while (true)
        {
            var fact = next < _triggers.Count ? _triggers[next].Time : Instant.MaxValue;
            var first = FirstDue();
            var due = first?.Wake ?? Instant.MaxValue;

            // As live: what is due decides first, then the channels deliver.
            if (_deliveries.Count > 0 && _deliveries[0].Time < fact && _deliveries[0].Time < due)
            {
                Deliver(ordinal);
            }
            else if (next < _triggers.Count && fact <= due)
            {
                var (_, cause, which) = _triggers[next++];
                Pull(fact, cause, which, ordinal);
            }
            else if (first is not null && due <= span.Last)
            {
                _queue.Dequeue();
                Walk(first, scope, ordinal, decisions);
            }
            else
            {
                return;
            }
        }
    }

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
        var simulated = new SimulatedRun(run);
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

    private void Walk(SimulatedRun run, ILaneScope scope, int ordinal, List<FlowDecision> decisions)
    {
        var (at, before) = (run.Wake, run.State);
        _awaiting.Remove(run);
        _facts.Turn(run.State.TriggerId);
        do
        {
            if (FlowInterpreter.Next(flow, run.State, run.Detail, _facts, at, out var write) is not { } next)
            {
                break;
            }

            if (next.Kind == DecisionKind.Send)
            {
                Send((SendStep)flow.Step(next.From), at, scope.IdOf(ordinal), run.State.Number, next.Seq);
            }

            if (IsAction(next.Kind))
            {
                decisions.Add(FlowDecision.Of(flow, next, new RunId(run.State.Number), scope.IdOf(ordinal)));
            }

            _facts.LastEntry = next.Kind == DecisionKind.Enter ? at : _facts.LastEntry;
            Write(write, at, ordinal);
            if (next.To == FlowGraph.End)
            {
                _runs.Remove(run.State.Number);
                ArmNext(before, ordinal);
                return;
            }

            run.Move(next);
        }
        while (run.State.IsReady(at));
        ArmNext(before, ordinal);
        Rest(run, at, scope, ordinal);
    }

    private void Send(SendStep step, Instant at, ProfileId profile, long run, int seq)
    {
        if (!step.IsToProfile)
        {
            return;
        }

        _facts.Send(step.Channel, at);
        var message = new FlowMessage
        {
            Key = $"{run}-{seq}",
            Channel = step.Channel,
            Flow = flow.Definition.Name,
            Step = step.Id,
            Run = new RunId(run),
            Profile = profile,
            At = at,
            Attempt = 1,
            To = step.Address(_facts) ?? "",
        };
        if (MessageEvents.OfDelivery(message, "") is { } delivery)
        {
            _deliveries.Add(delivery);
        }
    }

    private void Deliver(int ordinal)
    {
        var delivered = _deliveries.ToList();
        _deliveries.Clear();
        foreach (var delivery in delivered)
        {
            Write(delivery, delivery.Time!.Value, ordinal);
        }
    }

    private void Rest(SimulatedRun run, Instant at, ILaneScope scope, int ordinal)
    {
        if (run.State.Status != RunStatus.Awaiting)
        {
            Queue(run, run.State.Due);
            return;
        }

        _awaiting.Add(run);
        var written = scope.NextWrite(ordinal, at);
        Queue(run, written < run.State.Due ? written.Value : run.State.Due);
    }

    private void Write(CustomerWrite? write, Instant at, int ordinal)
    {
        if (write is null)
        {
            return;
        }

        var own = _facts.Write(write);
        foreach (var run in _awaiting)
        {
            if (run.Wake > at)
            {
                Queue(run, at);
            }
        }

        PullByWrite(write, own, at, ordinal);
    }

    private static bool IsAction(DecisionKind kind) => kind is DecisionKind.Send or DecisionKind.Skip or DecisionKind.Update;

    private sealed class SimulatedRun(Run state)
    {
        private Run _state = state;

        internal ref readonly Run State => ref _state;

        internal RunDetail? Detail { get; private set; }

        internal Instant Wake { get; set; }

        internal void Move(in Transition transition)
        {
            Detail = RunDetail.Next(Detail, _state.Status, transition);
            _state.Move(transition);
        }
    }
}
