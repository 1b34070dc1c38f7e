using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Outbox;
using Klaviyo.Flows.State;
using Klaviyo.Storage.Erasing;
using Klaviyo.Storage.Images;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Interpreter;

/// <summary>The flows of one lane: triggers in, transitions out.</summary>
/// <remarks>
/// <para>A fact only arms: a trigger is noted, and everything is decided in a turn, by due instant, and within a
/// millisecond by who entered first. So the decisions do not depend on when the turn comes, nor on the order in which facts of one
/// millisecond arrived, and a simulation that takes the same order decides alike.</para>
/// <para>T of a decision is the instant at which it was due, not the one at which the engine came to it.</para>
/// </remarks>
/// <threadsafety>Under the gate of the lane.</threadsafety>
internal sealed partial class FlowLane(int lane, FlowExtension flows) : ILaneExtension
{
    private const string Interrupted = "The process ended during the attempt.";
    private const int WalkBytesMax = 4096;
    private const int WalkTransitionsMax = 10_000;
    private readonly ByteWriter _record = new();
    private readonly ByteWriter _walk = new();
    private readonly List<FlowDecision> _news = [];
    private readonly HashSet<int> _heldRuns = [];
    private readonly HashSet<int> _heldMessages = [];
    private LaneFacts? _laneFacts;
    private IReadOnlyList<Flow> _heldUnder = [];
    private readonly Dictionary<int, int> _hopsOf = [];
    private Instant? _writingAt;
    private int _hops;
    private bool _changed;
    private bool _asked;

    private LaneFacts Facts => _laneFacts ??= new LaneFacts(flows.Sending, AddPending);

    /// <summary>Gets the state.</summary>
    internal LaneState State { get; } = new();

    /// <summary>Gets an instant at or before which nothing more is due; null where nothing waits.</summary>
    internal Instant? NextWake
    {
        get
        {
            if (IsToAsk || (_heldUnder != flows.Book.Flows && _heldRuns.Count + _heldMessages.Count > 0))
            {
                return Instant.MinValue;
            }

            var (run, message) = (State.RunTimers.NextWake(), State.Outbox.Timers.NextWake());
            if (_quietMessages.Count > 0 && !(message <= _quietMessages.Min.Until))
            {
                message = _quietMessages.Min.Until;
            }

            return run is null || message < run ? message : run;
        }
    }

    // What was written before the store was opened, nobody was told of: who awaits something is asked again about all of it. What
    // was with a channel then has no result.
    private bool IsToAsk => !_asked && State.AwaitingCount + State.Outbox.BegunCount > 0;

    /// <inheritdoc/>
    public void Applied(in AppliedFact fact, ILaneScope lane)
    {
        if (State.AwaitingCount > 0)
        {
            Disturb(fact.Ordinal, InstantOf(fact));
        }

        // What it does to segments is told later.
        if (_hops > 0)
        {
            _hopsOf[fact.Ordinal] = _hops;
        }
        else if (_hopsOf.Count > 0)
        {
            _hopsOf.Remove(fact.Ordinal);
        }

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
                    Trigger(flow, flow.Which<ListTrigger>(t => t.List == joined.List)!.Value, fact, null, lane);
                }

                break;
            default:
                break;
        }

        var written = Written(fact.Write);
        if (written.Count > 0 && flows.Book.HasPropertyTriggers && fact.Write is not CustomerEvent { Backfill: true })
        {
            TriggerByProperties(fact, written, lane);
        }

        ArmTimed(fact, written, lane);
    }

    /// <inheritdoc/>
    public void ObjectsChanged(int ordinal, Instant at, ILaneScope lane)
    {
        if (State.AwaitingCount > 0)
        {
            Disturb(ordinal, _writingAt ?? at);
        }

        // A relation may be the first that is known of a profile.
        ArmTimed(ordinal, _writingAt ?? at, lane, areOfAll: true);
    }

    /// <inheritdoc/>
    public void SegmentChanged(string segment, int ordinal, bool entered, Instant at, SegmentChangeCause cause, ILaneScope lane)
    {
        if (State.AwaitingCount > 0)
        {
            Disturb(ordinal, at);
        }

        if (cause is not (SegmentChangeCause.Write or SegmentChangeCause.Time))
        {
            return;
        }

        var hops = cause == SegmentChangeCause.Write ? _hopsOf.GetValueOrDefault(ordinal) : 0;
        foreach (var flow in flows.Book.OfSegment(segment))
        {
            if (flow.Which<SegmentTrigger>(t => t.Segment == segment && t.OnExit != entered) is { } which && !IsEcho(flow, ordinal))
            {
                Trigger(flow, which, ordinal, at, at, null, lane, hops);
            }
        }
    }

    /// <inheritdoc/>
    public void Replay(ReadOnlySpan<byte> record, ILaneScope lane)
    {
        Replay(State, record);
        if (_replayed is not null)
        {
            Replay(_replayed, record);
        }
    }

    /// <inheritdoc/>
    public void Merged(int source, int destination, ILaneScope lane)
    {
        State.Merge(source, destination);
        _replayed?.Merge(source, destination);
        if (State.AwaitingCount > 0)
        {
            Disturb(destination, lane.Now);
        }
    }

    /// <inheritdoc/>
    public void HistoryChanged(int ordinal, ILaneScope lane)
    {
        if (State.AwaitingCount > 0)
        {
            Disturb(ordinal, lane.Now);
        }

        ArmTimed(ordinal, lane.Now, lane, areOfAll: false);
    }

    /// <inheritdoc/>
    public void Erased(int ordinal, ILaneScope lane)
    {
        State.Erase(ordinal);
        _replayed?.Erase(ordinal);

        // Slots that are held must not be found free, or in use by another.
        _heldRuns.RemoveWhere(slot => !State.Runs.IsUsed(slot));
        _heldMessages.RemoveWhere(slot => !State.Outbox.Messages.IsUsed(slot));
        _quietMessages.RemoveWhere(quiet => !State.Outbox.Messages.IsUsed(quiet.Slot));
    }

    /// <inheritdoc/>
    public IRecordBlanker CreateBlanker(ErasedOwners owners) => new TransitionBlanker(owners);

    /// <inheritdoc/>
    public IReadOnlyList<PagedImage> BeginImage(bool isKept) => State.BeginImage(isKept);

    /// <inheritdoc/>
    public void Load(ReadOnlySpan<byte> part)
    {
        State.Load(part);
        _replayed?.Load(part);
    }

    /// <summary>Lets runs that are due decide, for a short time.</summary>
    /// <param name="scope">The lane.</param>
    /// <param name="slice">How much, and how long; notes what was done.</param>
    internal void Wake(ILaneScope scope, FlowSlice slice)
    {
        _hopsOf.Clear();
        ReleaseHeld(scope);
        slice.Begin();
        var now = scope.Now;
        var budget = FlowSlice.LooksMax;
        while (!slice.IsOver && State.RunTimers.TryTake(now, ref budget, out var slot))
        {
            flows.Meter?.Took(State.Runs[slot].DueMs, now);
            slice.Count(WalkInOrder(slot, scope), scope.IsWaitedFor);
            scope.GiveWay();
        }

        slice.End(mayBeMore: slice.IsOver || budget == 0);
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

    private static void Replay(LaneState state, ReadOnlySpan<byte> record)
    {
        if (record is [RateCodec.Format, ..])
        {
            state.Rates.Apply(RateCodec.Read(record));
            return;
        }

        if (record is not [WalkCodec.Format, ..])
        {
            state.Apply(TransitionCodec.Read(record));
            return;
        }

        var walk = WalkCodec.Read(record);
        while (walk.MoveNext())
        {
            state.Apply(walk.Current);
        }
    }

    // Wakes the runs of a profile that await something: it was written to. Several writes before the turn need no more than the
    // first, because who was asked and goes on standing there looks up what was written next.
    private void Disturb(int ordinal, Instant at)
    {
        for (var slot = State.FirstRunOf(ordinal); slot >= 0; slot = State.RunAfter(slot))
        {
            ref readonly var run = ref State.Runs[slot];
            if (run is { Status: RunStatus.Awaiting, IsArmed: true } && run.Due > at)
            {
                Arm(slot, at);
                flows.Signal.Arm(at);
            }
        }
    }

    private void Arm(int slot, Instant wake)
    {
        State.Runs.Change(slot).DueMs = wake.UnixMs;
        State.RunTimers.Arm(slot);
    }

    private void Ask(ILaneScope scope)
    {
        _asked = true;
        for (var slot = 0; slot < State.Outbox.Messages.End && State.Outbox.BegunCount > 0; slot++)
        {
            if (State.Outbox.Messages.IsUsed(slot) && State.Outbox.Messages[slot].Status == PendingStatus.Begun)
            {
                Make(scope, Result(State.Outbox.Messages[slot], slot, DecisionKind.Uncertain, scope.Now) with
                {
                    Detail = Interrupted,
                });
            }
        }

        foreach (var (slot, detail) in State.Details)
        {
            if (State.Runs[slot].Status == RunStatus.Awaiting)
            {
                Arm(slot, Earlier(detail.Asked, detail.Due));
            }
        }
    }

    // When a run is asked that awaits something and has been asked at an instant.
    private void ArmAwaiting(int slot, Instant asked, ILaneScope scope)
    {
        var due = State.DetailOf(slot)!.Due;
        var written = scope.NextWrite(State.Runs[slot].Ordinal, asked);
        Arm(slot, written is { } next ? Earlier(next, due) : due);
    }

    private static Instant Earlier(Instant one, Instant other) => one < other ? one : other;

    private void ReleaseHeld(ILaneScope scope)
    {
        if (!_asked)
        {
            Ask(scope);
        }

        if (_heldUnder == flows.Book.Flows)
        {
            return;
        }

        _heldUnder = flows.Book.Flows;
        foreach (var slot in _heldRuns)
        {
            var awaits = State.Runs[slot].Status == RunStatus.Awaiting;
            Arm(slot, awaits ? Earlier(State.DetailOf(slot)!.Asked, State.DetailOf(slot)!.Due) : State.Runs[slot].Due);
        }

        foreach (var slot in _heldMessages)
        {
            State.Outbox.Timers.Arm(slot);
        }

        _heldRuns.Clear();
        _heldMessages.Clear();
    }

    // What is applied is what was appended: the live state and the replayed one come from the same bytes.
    private void Make(ILaneScope scope, in Transition transition)
    {
        var made = transition.Detail is { } detail ? transition with { Detail = BriefText.Of(detail) } : transition;
        _record.Clear();
        TransitionCodec.Write(_record, made);
        scope.Append(_record.Written);
        Apply(scope, made);
        CheckReplay(_record.Written);
    }

    // What a run does at one instant is one record. It is appended before anything else is, so that the log has the order in which
    // the state was changed.
    private void Move(ILaneScope scope, in Transition transition)
    {
        if (_walk.Count == 0)
        {
            WalkCodec.WriteHead(_walk, transition);
        }

        WalkCodec.Write(_walk, transition);
        Apply(scope, transition);
        if (_walk.Count > WalkBytesMax)
        {
            EndWalk(scope);
        }
    }

    private void EndWalk(ILaneScope scope)
    {
        if (_walk.Count > 0)
        {
            scope.Append(_walk.Written);
            CheckReplay(_walk.Written);
            _walk.Clear();
        }
    }

    private void Apply(ILaneScope scope, in Transition transition)
    {
        var news = flows.HasListeners ? News(scope, transition) : null;
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
            { IsOfMessage: true } => OfMessage(transition.Slot),
            _ => OfRun(transition.Slot),
        };
        var next = transition is { Kind: DecisionKind.Migrate, To: not FlowGraph.End } ? transition.Migration.Version : version;
        return FlowDecision.Of(
            flows.Book[flow].Version(version), flows.Book[flow].Version(next), transition, RunId.Of(lane, transition.Run), scope.IdOf(ordinal));
    }

    private FlowVersion VersionOf(FlowPlan plan) => flows.Book[plan.Flow].Version(plan.Version);

    private (int Flow, int Version, int Ordinal) OfRun(int slot)
    {
        ref readonly var run = ref State.Runs[slot];
        return (State.Plans[run.Plan].Flow, State.Plans[run.Plan].Version, run.Ordinal);
    }

    private (int Flow, int Version, int Ordinal) OfMessage(int slot)
    {
        ref readonly var message = ref State.Outbox.Messages[slot];
        return (State.Plans[message.Plan].Flow, State.Plans[message.Plan].Version, message.Ordinal);
    }
}
