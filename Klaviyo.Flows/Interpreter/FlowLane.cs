using System.Buffers;
using Klaviyo.Flows.Definitions;
using Klaviyo.Storage.Erasing;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Interpreter;

/// <summary>The flows of one lane: triggers in, transitions out.</summary>
/// <remarks>
/// <para>A fact only arms: a trigger is noted, and everything is decided in a turn, by due instant, and within a
/// millisecond by run. So the decisions do not depend on when the turn comes, nor on the order in which facts of one
/// millisecond arrived, and a simulation that takes the same order decides alike.</para>
/// <para>T of a decision is the instant at which it was due, not the one at which the engine came to it.</para>
/// </remarks>
/// <threadsafety>Under the gate of the lane.</threadsafety>
internal sealed partial class FlowLane(int lane, FlowExtension flows) : ILaneExtension
{
    private readonly ArrayBufferWriter<byte> _record = new();
    private readonly List<int> _taken = [];
    private readonly List<(long Number, int Slot)> _batch = [];
    private readonly List<FlowDecision> _news = [];
    private readonly List<int> _heldRuns = [];
    private readonly List<int> _heldMessages = [];
    private readonly LaneFacts _facts = new();
    private IReadOnlyList<Flow> _heldUnder = [];
    private int _nextInBatch;
    private Instant? _writingAt;
    private bool _changed;

    /// <summary>Gets the state.</summary>
    internal LaneState State { get; } = new();

    /// <summary>Gets an instant at or before which nothing more is due; null where nothing waits.</summary>
    internal Instant? NextWake
    {
        get
        {
            if (_nextInBatch < _batch.Count || (_heldUnder != flows.Book.Flows && _heldRuns.Count + _heldMessages.Count > 0))
            {
                return Instant.MinValue;
            }

            var (run, message) = (State.RunTimers.NextWake(), State.MessageTimers.NextWake());
            return run is null || message < run ? message : run;
        }
    }

    /// <inheritdoc/>
    public void Applied(in AppliedFact fact, ILaneScope lane)
    {
        switch (fact.Write)
        {
            case CustomerEvent { Backfill: false } happened:
                foreach (var flow in flows.Book.OfMetric(happened.Metric))
                {
                    TriggerByEvent(flow, fact, happened, lane);
                }

                break;
            case ListWrite { Member: true } joined:
                foreach (var flow in flows.Book.OfList(joined.List))
                {
                    Trigger(flow, fact, null, lane);
                }

                break;
            default:
                break;
        }
    }

    /// <inheritdoc/>
    public void SegmentChanged(string segment, int ordinal, bool entered, Instant at, SegmentChangeCause cause, ILaneScope lane)
    {
        if (cause is not (SegmentChangeCause.Write or SegmentChangeCause.Time))
        {
            return;
        }

        foreach (var flow in flows.Book.OfSegment(segment))
        {
            if (((SegmentTrigger)flow.Latest.Definition.Trigger).OnExit != entered)
            {
                Trigger(flow, ordinal, at, at, null, lane);
            }
        }
    }

    /// <inheritdoc/>
    public void Replay(ReadOnlySpan<byte> record, ILaneScope lane) => State.Apply(TransitionCodec.Read(record));

    /// <inheritdoc/>
    public void Merged(int source, int destination, ILaneScope lane) => State.Merge(source, destination);

    /// <inheritdoc/>
    public void Erased(int ordinal, ILaneScope lane)
    {
        State.Erase(ordinal);

        // Slots that were taken off the wheels must not be found free, or in use by another.
        _batch.RemoveRange(0, _nextInBatch);
        _nextInBatch = 0;
        _batch.RemoveAll(next => !State.Runs.IsUsed(next.Slot));
        _heldRuns.RemoveAll(slot => !State.Runs.IsUsed(slot));
        _heldMessages.RemoveAll(slot => !State.Messages.IsUsed(slot));
    }

    /// <inheritdoc/>
    public IRecordBlanker CreateBlanker(ErasedOwners owners) => new TransitionBlanker(owners);

    /// <inheritdoc/>
    public void Save(IBufferWriter<byte> image) => State.Save(image);

    /// <inheritdoc/>
    public void Load(ReadOnlySpan<byte> image) => State.Load(image);

    /// <summary>Lets the runs that are due decide.</summary>
    /// <param name="scope">The lane.</param>
    /// <param name="transitionsMax">About how many transitions to make before the gate is left.</param>
    /// <returns>How many were made; zero when nothing more is due.</returns>
    internal int Wake(ILaneScope scope, int transitionsMax)
    {
        ReleaseHeld();
        var made = 0;
        while (made < transitionsMax && TryNextDue(scope.Now, out var slot))
        {
            made += Walk(slot, scope);
        }

        return made;
    }

    /// <summary>Takes what was decided since the last call, for those who listen.</summary>
    /// <returns>Whether anything was decided, also where nobody listens.</returns>
    internal bool TakeNews(List<FlowDecision> news)
    {
        news.AddRange(_news);
        _news.Clear();
        var changed = _changed;
        _changed = false;
        return changed;
    }

    private void TriggerByEvent(Flow flow, in AppliedFact fact, CustomerEvent happened, ILaneScope scope)
    {
        var trigger = (MetricTrigger)flow.Latest.Definition.Trigger;
        if (trigger.Filter is { } filter)
        {
            var context = new EvaluationContext(scope.History(fact.Ordinal), fact.Row.Time, scope.Zone)
            {
                Trigger = new TriggerEvent(happened.Metric, fact.Row, happened.Properties),
            };
            if (!filter.Holds(context))
            {
                return;
            }
        }

        Trigger(flow, fact, fact.Row.Id, scope);
    }

    private void Trigger(Flow flow, in AppliedFact fact, EventId? cause, ILaneScope scope)
    {
        // Late facts start runs now, future ones when they come true. What a run itself wrote happens at its own instant.
        var happened = fact.Write.Time!.Value;
        var due = _writingAt ?? (happened > fact.Received ? happened : fact.Received);
        Trigger(flow, fact.Ordinal, happened, due, cause, scope);
    }

    private void Trigger(Flow flow, int ordinal, Instant happened, Instant due, EventId? cause, ILaneScope scope)
    {
        var reentry = flow.Latest.Definition.EffectiveReentry;
        if (!reentry.IsAlways
            && (!reentry.Allows(State.LastEntry(flow.Number, ordinal), due) || IsTriggered(flow, ordinal, due)))
        {
            return;
        }

        Make(scope, new Transition
        {
            Kind = DecisionKind.Trigger,
            Slot = State.Runs.Vacant(),
            Run = State.NextRun,
            Seq = 1,
            At = happened,
            From = FlowGraph.End,
            To = FlowGraph.End,
            Due = due,
            Start = new RunStart(flow.Number, flow.Latest.Number, ordinal, cause),
        });
        flows.Signal.Arm(due);
    }

    // Of several triggers in one millisecond only the first can enter a flow that does not let a profile in again at once.
    private bool IsTriggered(Flow flow, int ordinal, Instant due)
    {
        foreach (var slot in State.RunsOf(ordinal))
        {
            ref readonly var run = ref State.Runs[slot];
            if (run.Flow == flow.Number && run.Status == RunStatus.Triggered && run.Due == due)
            {
                return true;
            }
        }

        return false;
    }

    private void ReleaseHeld()
    {
        if (_heldUnder == flows.Book.Flows)
        {
            return;
        }

        _heldUnder = flows.Book.Flows;
        _heldRuns.ForEach(slot => State.RunTimers.Arm(slot, State.Runs[slot].Due));
        _heldMessages.ForEach(slot => State.MessageTimers.Arm(slot, State.Messages[slot].Due));
        _heldRuns.Clear();
        _heldMessages.Clear();
    }

    private bool TryNextDue(Instant now, out int slot)
    {
        if (_nextInBatch == _batch.Count)
        {
            _nextInBatch = 0;
            _batch.Clear();
            _taken.Clear();
            if (!State.RunTimers.TryTake(now, _taken, out _))
            {
                slot = -1;
                return false;
            }

            _taken.ForEach(taken => _batch.Add((State.Runs[taken].Number, taken)));
            _batch.Sort();
        }

        slot = _batch[_nextInBatch++].Slot;
        return true;
    }

    private int Walk(int slot, ILaneScope scope)
    {
        var run = State.Runs[slot];
        var flow = flows.Book[run.Flow];
        if (flow.Paused)
        {
            _heldRuns.Add(slot);
            return 0;
        }

        var made = 0;
        var at = flows.InstantOf(run.Due, flow, scope.Now);
        _facts.Turn(scope, run.Ordinal, run.TriggerId, State.LastEntry(run.Flow, run.Ordinal));
        try
        {
            do
            {
                TakeStep(slot, flow.Version(run.Version), at, scope);
                made++;
            }
            while (State.Runs.IsUsed(slot) && State.Runs[slot].Number == run.Number && State.Runs[slot].IsReady(at));
        }
        catch
        {
            // The run did not move: it is tried again with the next turn, whoever hears of the failure.
            if (State.Runs.IsUsed(slot) && State.Runs[slot].Number == run.Number)
            {
                State.RunTimers.Arm(slot, State.Runs[slot].Due);
            }

            throw;
        }

        return made;
    }

    private void TakeStep(int slot, FlowVersion version, Instant at, ILaneScope scope)
    {
        var next = FlowInterpreter.Next(version, State.Runs[slot], _facts, at, out var write);
        var ordinal = State.Runs[slot].Ordinal;
        Make(scope, next with { Slot = slot, Message = next.Kind == DecisionKind.Send ? State.Messages.Vacant() : 0 });
        if (write is not null)
        {
            // The store applies it at once and tells this lane, which may start runs; so no reference is held over it.
            _writingAt = at;
            try
            {
                scope.Write(ordinal, write);
            }
            finally
            {
                _writingAt = null;
            }
        }
    }

    // What is applied is what was appended: the live state and the replayed one come from the same bytes.
    private void Make(ILaneScope scope, in Transition transition)
    {
        _record.ResetWrittenCount();
        TransitionCodec.Write(new ByteWriter(_record), transition);
        var news = flows.HasListeners ? News(scope, transition) : null;
        scope.Append(_record.WrittenSpan);
        State.Apply(transition);
        _changed = true;
        if (news is not null)
        {
            _news.Add(news);
        }
    }

    private FlowDecision News(ILaneScope scope, in Transition transition)
    {
        var (flow, version, ordinal) = transition switch
        {
            { Kind: DecisionKind.Trigger } => (transition.Start.Flow, transition.Start.Version, transition.Start.Ordinal),
            { IsResult: true } => OfMessage(transition.Slot),
            _ => OfRun(transition.Slot),
        };
        return FlowDecision.Of(
            flows.Book[flow].Version(version), transition, RunId.Of(lane, transition.Run), scope.IdOf(ordinal));
    }

    private (int Flow, int Version, int Ordinal) OfRun(int slot)
    {
        ref readonly var run = ref State.Runs[slot];
        return (run.Flow, run.Version, run.Ordinal);
    }

    private (int Flow, int Version, int Ordinal) OfMessage(int slot)
    {
        ref readonly var message = ref State.Messages[slot];
        return (message.Flow, message.Version, message.Ordinal);
    }
}
