using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Outbox;
using Klaviyo.Storage.Erasing;
using Klaviyo.Storage.Errors;
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

            var (run, message) = (State.RunTimers.NextWake(), State.MessageTimers.NextWake());
            if (_quietMessages.Count > 0 && !(message <= _quietMessages.Min.Until))
            {
                message = _quietMessages.Min.Until;
            }

            return run is null || message < run ? message : run;
        }
    }

    // What was written before the store was opened, nobody was told of: who awaits something is asked again about all of it. What
    // was with a channel then has no result.
    private bool IsToAsk => !_asked && State.AwaitingCount + State.BegunCount > 0;

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
        _heldMessages.RemoveWhere(slot => !State.Messages.IsUsed(slot));
        _quietMessages.RemoveWhere(quiet => !State.Messages.IsUsed(quiet.Slot));
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

    // What runs write starts a flow that the profile entered at this very instant not again: else flows that start each other, or
    // themselves, would do so for ever within one millisecond. For lists the rule is that of the turn, see FlowInterpreter.
    private bool IsEcho(Flow flow, int ordinal) => _writingAt is { } at && State.LastEntry(flow.Number, ordinal) == at;

    private void TriggerByEvent(Flow flow, in AppliedFact fact, CustomerEvent happened, ILaneScope scope)
    {
        // A flow that its own messages started would never end.
        if (IsEcho(flow, fact.Ordinal) || MessageEvents.IsDeliveryOf(flow.Name, happened))
        {
            return;
        }

        var trigger = new TriggerEvent(happened.Metric, fact.Row, happened.Properties);
        var context = new EvaluationContext(scope.History(fact.Ordinal), fact.Row.Time, scope.Zone) { Trigger = trigger };
        try
        {
            if (flow.Latest.Definition.WhichStarts(context) is { } which)
            {
                Trigger(flow, which, fact, fact.Row.Id, scope, RunKey.Of(flow.Latest.Definition.Triggers[which], trigger));
            }
        }
        catch (Exception fault) when (DefinitionFault.Is(fault))
        {
            // Whoever writes the event is not to blame: the run is noted, and does not enter.
            var which = flow.Which<MetricTrigger>(t => t.Metric == happened.Metric) ?? 0;
            Refuse(Trigger(flow, which, fact, fact.Row.Id, scope), fault, scope);
        }
    }

    // Whether it is a change is asked when the run enters: a run that is late may still write the value before.
    private void TriggerByProperties(in AppliedFact fact, PropertyMap written, ILaneScope scope)
    {
        var due = InstantOf(fact);
        foreach (var (property, value) in written.AsSpan())
        {
            foreach (var flow in flows.Book.OfProperty(property))
            {
                var context = new EvaluationContext(scope.History(fact.Ordinal), fact.Write.Time!.Value, scope.Zone);
                var triggers = flow.Latest.Definition.Triggers;
                for (var which = 0; which < triggers.Count; which++)
                {
                    if (triggers[which] is PropertyChangedTrigger trigger && trigger.Property == property
                        && trigger.To?.Matches(value, context) != false
                        && !IsKept(flow, flow.Latest, which, fact.Ordinal, due) && !IsEcho(flow, fact.Ordinal))
                    {
                        Trigger(flow, which, fact, null, scope);
                    }
                }
            }
        }
    }

    private void Refuse(int slot, Exception fault, ILaneScope scope)
    {
        Move(scope, FailureOf(State.Runs[slot], State.Runs[slot].Due, fault) with { Slot = slot });
        EndWalk(scope);
    }

    private int Trigger(Flow flow, int which, in AppliedFact fact, EventId? cause, ILaneScope scope, PropertyValue key = default)
    {
        return Trigger(flow, which, fact.Ordinal, fact.Write.Time!.Value, InstantOf(fact), cause, scope, _hops, key);
    }

    // Late facts count from now on, future ones when they come true. What a run itself wrote happens at its own instant.
    private Instant InstantOf(in AppliedFact fact)
    {
        var happened = fact.Write.Time!.Value;
        return _writingAt ?? (happened > fact.Received ? happened : fact.Received);
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
        for (var slot = 0; slot < State.Messages.End && State.BegunCount > 0; slot++)
        {
            if (State.Messages.IsUsed(slot) && State.Messages[slot].Status == PendingStatus.Begun)
            {
                Make(scope, Result(State.Messages[slot], slot, DecisionKind.Uncertain, scope.Now) with
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

    // Gives the slot of the new run. Whether it may enter again is asked in its turn, so that nobody is left out without a reason.
    private int Trigger(
        Flow flow, int which, int ordinal, Instant happened, Instant due, EventId? cause, ILaneScope scope, int hops, PropertyValue key = default)
    {
        return Start(scope, flow, flow.Latest, which, ordinal, happened, due, cause, key, isOfHistory: false, hops);
    }

    private int Start(
        ILaneScope scope,
        Flow flow,
        FlowVersion version,
        int which,
        int ordinal,
        Instant happened,
        Instant due,
        EventId? cause,
        PropertyValue key,
        bool isOfHistory,
        int hops = 0)
    {
        var slot = State.Runs.Vacant();
        Make(scope, new Transition
        {
            Kind = DecisionKind.Trigger,
            Slot = slot,
            Run = State.NextRun,
            Seq = 1,
            At = happened,
            From = FlowGraph.End,
            To = FlowGraph.End,
            Due = due,
            Start = new RunStart(flow.Number, version.Number, ordinal, cause, which, isOfHistory),
            Variables = RunHops.Add(RunKey.VariablesOf(key), hops),
        });
        flows.Signal.Arm(due);
        return slot;
    }

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
            State.MessageTimers.Arm(slot);
        }

        _heldRuns.Clear();
        _heldMessages.Clear();
    }

    // Within a millisecond the runs of a profile take their steps by who entered first, whatever woke them. Profiles do not see each other.
    private int WalkInOrder(int slot, ILaneScope scope)
    {
        var made = 0;
        var number = State.Runs[slot].Number;
        while (FirstBefore(slot) is >= 0 and var first)
        {
            State.RunTimers.Disarm(first);
            made += Walk(first, scope);
        }

        return IsThere(slot, number) ? made + Walk(slot, scope) : made;
    }

    private int FirstBefore(int slot)
    {
        ref readonly var run = ref State.Runs[slot];
        var (first, place) = (-1, run.Place);
        for (var other = State.FirstRunOf(run.Ordinal); other >= 0; other = State.RunAfter(other))
        {
            ref readonly var candidate = ref State.Runs[other];
            if (candidate.IsArmed && candidate.DueMs == run.DueMs && candidate.Place.CompareTo(place) < 0)
            {
                (first, place) = (other, candidate.Place);
            }
        }

        return first;
    }

    // In a turn in a line it goes on as of now: a limit is about the clock.
    private int Walk(int slot, ILaneScope scope, string? turnIn = null)
    {
        var run = State.Runs[slot];
        var plan = State.Plans[run.Plan];
        var flow = flows.Book[plan.Flow];
        if (flow.Paused)
        {
            _heldRuns.Add(slot);
            return 0;
        }

        var made = 0;
        var at = turnIn is not null ? scope.Now
            : run is { IsOfHistory: true, Status: RunStatus.Triggered } ? run.Due
            : flows.InstantOf(run.Due, flow, scope.Now);
        if (run.Status == RunStatus.Awaiting && State.DetailOf(slot)!.Asked is var asked && asked > at)
        {
            at = asked;
        }

        var key = RunKey.Of(State.DetailOf(slot));
        var isKeyInUse = run.Status == RunStatus.Triggered && State.IsKeyInUse(plan.Flow, run.Ordinal, key);
        Facts.Turn(scope, run.Ordinal, run.TriggerId, State.LastEntry(plan.Flow, run.Ordinal, key), isKeyInUse);
        Facts.TurnIn = turnIn;
        try
        {
            while (TakeStep(slot, flow.Version(plan.Version), at, scope))
            {
                Facts.TurnIn = null;
                if (!IsThere(slot, run.Number) || !State.Runs[slot].IsReady(at))
                {
                    made++;
                    break;
                }

                if (++made == WalkTransitionsMax)
                {
                    var endless = new InvalidOperationException($"It took {WalkTransitionsMax} steps at one instant.");
                    Move(scope, FailureOf(State.Runs[slot], at, endless) with { Slot = slot });
                    break;
                }
            }

            EndWalk(scope);
            ArmNext(run, flow, flow.Version(plan.Version), scope);
            if (IsThere(slot, run.Number) && State.Runs[slot].Status == RunStatus.Awaiting)
            {
                ArmAwaiting(slot, at, scope);
            }
        }
        catch
        {
            EndWalk(scope);

            // The run did not move: it is tried again with the next turn, whoever hears of the failure.
            if (IsThere(slot, run.Number))
            {
                State.RunTimers.Arm(slot);
            }

            throw;
        }

        return made;
    }

    internal static Transition FailureOf(in Run run, Instant at, Exception fault)
    {
        var entered = run.Step != FlowGraph.End;
        return new Transition
        {
            Kind = entered ? DecisionKind.Park : DecisionKind.Refuse,
            Slot = 0,
            Run = run.Number,
            Seq = run.Seq + 1,
            At = at,
            From = run.Step,
            To = run.Step,
            Reason = entered ? SkipReason.None : SkipReason.Error,
            Detail = BriefText.Of(fault),
        };
    }

    private bool IsThere(int slot, long number) => State.Runs.IsUsed(slot) && State.Runs[slot].Number == number;

    private bool TakeStep(int slot, FlowVersion version, Instant at, ILaneScope scope)
    {
        if (Passes(slot, version, scope) is not SkipReason.None and var passes)
        {
            Move(scope, FlowInterpreter.Pass(State.Runs[slot], at, passes) with { Slot = slot });
            return true;
        }

        Transition? decided;
        CustomerWrite? write = null;
        try
        {
            decided = FlowInterpreter.Next(version, State.Runs[slot], State.DetailOf(slot), Facts, at, out write);
        }
        catch (Exception fault) when (DefinitionFault.Is(fault))
        {
            (decided, write) = (FailureOf(State.Runs[slot], at, fault), null);
        }

        if (decided is not { } next)
        {
            return false;
        }

        var (ordinal, flow) = (State.Runs[slot].Ordinal, State.Plans[State.Runs[slot].Plan].Flow);
        var hops = write is null ? 0 : RunHops.After(State.DetailOf(slot)?.Variables, State.Runs[slot].Entered, at);
        var message = next.Kind == DecisionKind.Send ? State.Messages.Vacant() : 0;
        Move(scope, next with { Slot = slot, Message = message });
        if (Facts.TurnIn is { } turn)
        {
            NoteTurn(scope, turn, flow, next, version, message);
        }

        if (write is not null)
        {
            EndWalk(scope);

            // The store applies it at once and tells this lane, which may start runs; so no reference is held over it.
            (_writingAt, _hops) = (at, hops);
            try
            {
                scope.Write(ordinal, write);
            }
            finally
            {
                (_writingAt, _hops) = (null, 0);
            }
        }

        return true;
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

    private (int Flow, int Version, int Ordinal) OfRun(int slot)
    {
        ref readonly var run = ref State.Runs[slot];
        return (State.Plans[run.Plan].Flow, State.Plans[run.Plan].Version, run.Ordinal);
    }

    private (int Flow, int Version, int Ordinal) OfMessage(int slot)
    {
        ref readonly var message = ref State.Messages[slot];
        return (State.Plans[message.Plan].Flow, State.Plans[message.Plan].Version, message.Ordinal);
    }
}
