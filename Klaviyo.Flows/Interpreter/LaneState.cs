using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Outbox;
using Klaviyo.Flows.State;
using Klaviyo.Flows.Timers;
using Klaviyo.Storage.Images;

namespace Klaviyo.Flows.Interpreter;

/// <summary>The flow state of one lane: the fold of its transitions.</summary>
/// <remarks>
/// <list type="bullet">
/// <item>Nothing but <see cref="Apply"/>, <see cref="Merge"/> and <see cref="Erase"/> changes it, live and in replay alike.</item>
/// <item>Each transition of a run has the number after the last one, and begins where the last one ended; each result of a
/// message has the number after its last one. Anything else is damage, and throws.</item>
/// <item>A run is armed as long as it exists, a message as long as it has no result; timers are derived, so whoever takes
/// something and does not apply a transition arms it again.</item>
/// <item>What belongs to a run or a message and lies elsewhere (details, variables, letters) changes only after its slot was taken,
/// or asked for to be changed: it is in the same page of an image.</item>
/// </list>
/// </remarks>
/// <threadsafety>Under the gate of the lane.</threadsafety>
internal sealed class LaneState
{
    private const int None = -1;

    private readonly EntryTable _entries = new();
    private readonly KeyedEntryTable _keyed = new();
    private readonly Dictionary<int, RunDetail> _details = [];
    private readonly SortedSet<int> _parked = [];
    private readonly ProfileChains<Run> _runsByProfile;

    internal LaneState()
    {
        _runsByProfile = new ProfileChains<Run>(Runs);
        RunTimers = new DueTimers<Run>(Runs);
        Outbox = new LaneOutbox(Plans);
    }

    /// <summary>Gets the runs under way, by slot.</summary>
    internal Slab<Run> Runs { get; } = new();

    /// <summary>Gets the timers of the runs.</summary>
    internal DueTimers<Run> RunTimers { get; }

    /// <summary>Gets the messages without a result.</summary>
    internal LaneOutbox Outbox { get; }

    /// <summary>Gets the versions that runs keep, with what happened at their steps.</summary>
    internal PlanTable Plans { get; } = new();

    /// <summary>Gets what went through lines lately.</summary>
    internal RateTable Rates { get; } = new();

    /// <summary>Gets the runs that stand in lines.</summary>
    internal WaitingLines Lines { get; } = new();

    /// <summary>Gets how many runs await something.</summary>
    internal int AwaitingCount { get; private set; }

    /// <summary>Gets what runs keep besides, by slot, of those that keep anything.</summary>
    internal IReadOnlyDictionary<int, RunDetail> Details => _details;

    /// <summary>Gets the slots of the runs that are parked.</summary>
    internal IReadOnlyCollection<int> Parked => _parked;

    /// <summary>Gets the number that the next run gets.</summary>
    internal long NextRun { get; private set; } = 1;

    /// <summary>Gets when a profile last entered a flow, with a key if one is given; null if never.</summary>
    internal Instant? LastEntry(int flow, int ordinal, PropertyValue key = default)
    {
        var last = key.IsNull ? _entries[flow, ordinal]
            : _keyed.IsEmpty ? null
            : _keyed[flow, ordinal, RunKey.TextOf(key)];
        for (var slot = FirstRunOf(ordinal); slot != None; slot = RunAfter(slot))
        {
            ref readonly var run = ref Runs[slot];
            if (run.Step != FlowGraph.End && Plans[run.Plan].Flow == flow && (last is null || run.Entered > last)
                && (key.IsNull || RunKey.Of(DetailOf(slot)) == key))
            {
                last = run.Entered;
            }
        }

        return last;
    }

    /// <summary>Gets whether a run of a profile is under way in a flow that has a key.</summary>
    internal bool IsKeyInUse(int flow, int ordinal, PropertyValue key)
    {
        if (!key.IsNull)
        {
            for (var slot = FirstRunOf(ordinal); slot != None; slot = RunAfter(slot))
            {
                ref readonly var run = ref Runs[slot];
                if (run.Step != FlowGraph.End && Plans[run.Plan].Flow == flow && RunKey.Of(DetailOf(slot)) == key)
                {
                    return true;
                }
            }
        }

        return false;
    }

    /// <summary>Gets what a run keeps besides; null where it keeps nothing.</summary>
    internal RunDetail? DetailOf(int slot) => Runs[slot].HasDetail ? _details[slot] : null;

    /// <summary>Gets the slot of one of the runs of a profile; −1 for none.</summary>
    internal int FirstRunOf(int ordinal) => _runsByProfile.First(ordinal);

    /// <summary>Gets the slot of the next run of the same profile, in no order; −1 for none.</summary>
    internal int RunAfter(int slot) => _runsByProfile.After(slot);

    /// <summary>Gets the slot of the message for which a run stands, or is parked because it was not delivered; −1 for none.</summary>
    /// <remarks>One that bounced or was dropped is gone; others of the run are of steps that it has left.</remarks>
    internal int MessageOf(int run)
    {
        var seq = DetailOf(run)?.Sent is > 0 and var sent ? sent
            : Runs[run].Status == RunStatus.Sending ? Runs[run].Seq
            : 0;
        return seq > 0 ? Outbox.Find(Runs[run].Ordinal, Runs[run].Number, seq) : None;
    }

    /// <summary>Gets the slots of the runs of a profile, in no order.</summary>
    internal IEnumerable<int> RunsOf(int ordinal)
    {
        for (var slot = FirstRunOf(ordinal); slot != None; slot = RunAfter(slot))
        {
            yield return slot;
        }
    }

    /// <summary>Gets whether runs are under way on a version of a flow, or were triggered and are about to enter it. Looks at every run.</summary>
    internal bool HasRuns(int flow, FlowVersion version)
    {
        for (var slot = 0; slot < Runs.End; slot++)
        {
            if (Runs.IsUsed(slot) && Plans[Runs[slot].Plan] is var plan && plan.Flow == flow && plan.Version == version.Number
                && (Runs[slot].Status != RunStatus.Triggered || !version.IsTimed(Runs[slot].Which)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Gets the counts of each step of each version of a flow; step −1 is the way in.</summary>
    internal IEnumerable<(int Version, int Step, Tally Tally)> Tallies(int flow)
    {
        return Plans.InOrder()
            .Where(p => p.Flow == flow)
            .SelectMany(p => p.Tallies.Select(t => (p.Version, t.Step, t.Tally)));
    }

    /// <summary>Takes a transition in.</summary>
    /// <exception cref="InvalidDataException">The transition does not follow from the state.</exception>
    internal void Apply(in Transition transition)
    {
        if (transition.IsOfMessage)
        {
            ApplyResult(transition);
        }
        else if (transition.Kind == DecisionKind.Trigger)
        {
            ApplyTrigger(transition);
        }
        else
        {
            ApplyMove(transition);
        }
    }

    /// <summary>Gives the runs, messages and entries of a profile to the one that it was merged into.</summary>
    internal void Merge(int source, int destination)
    {
        for (var slot = FirstRunOf(source); slot != None; slot = FirstRunOf(source))
        {
            LeaveLine(slot);
            _runsByProfile.Remove(slot);
            Runs.Change(slot).Ordinal = destination;
            _runsByProfile.Add(slot);
            JoinLine(slot);
        }

        Outbox.Merge(source, destination);
        _entries.Merge(source, destination);
        _keyed.Merge(source, destination);
    }

    /// <summary>Ends the runs of a profile and drops its messages and entries. What was counted stays counted.</summary>
    internal void Erase(int ordinal)
    {
        for (var slot = FirstRunOf(ordinal); slot != None; slot = FirstRunOf(ordinal))
        {
            ref readonly var run = ref Runs[slot];
            Plans.TallyOf(run.Plan, run.Step).CountErasedRun();
            EndRun(slot);
        }

        Outbox.Erase(ordinal);
        _entries.Erase(ordinal);
        _keyed.Erase(ordinal);
    }

    /// <summary>Writes the state in parts, each valid until the next; the same ones for the same state.</summary>
    internal IEnumerable<ReadOnlyMemory<byte>> Save() => BeginImage(isKept: false).SelectMany(image => image.Rest());

    /// <summary>Begins images that together are the state as it is now.</summary>
    /// <param name="isKept">Whether they stay right while it goes on changing.</param>
    internal IReadOnlyList<PagedImage> BeginImage(bool isKept) =>
        isKept ? LaneImage.Begin(this, _entries, _keyed) : LaneImage.Of(this, _entries, _keyed);

    /// <summary>Reads a part of what <see cref="Save"/> wrote; into an empty state, one part after the other.</summary>
    internal void Load(ReadOnlySpan<byte> part)
    {
        var reader = new ByteReader(part);
        NextRun = LaneImage.Load(this, _entries, _keyed, ref reader) ?? NextRun;
        reader.ThrowUnlessEnd();
    }

    /// <summary>Takes up a run that was saved.</summary>
    internal void Restore(int slot, in Run run, RunDetail? detail)
    {
        ref var taken = ref Runs.Take(slot);
        taken = run;
        taken.IsUsed = true;
        Keep(slot, detail);
        AwaitingCount += run.Status == RunStatus.Awaiting ? 1 : 0;
        _runsByProfile.Add(slot);
        JoinLine(slot);
        Time(slot);
    }

    private void ApplyTrigger(in Transition transition)
    {
        if (Runs.IsUsed(transition.Slot) || transition.Run != NextRun || transition.Seq != 1)
        {
            throw transition.Misplaced($"the slot is in use, or the next run is {NextRun}");
        }

        NextRun++;
        var plan = Plans.NumberOf(transition.Start.Flow, transition.Start.Version);
        ref var run = ref Runs.Take(transition.Slot);
        run = Run.Of(transition, plan);
        if (transition.Variables is { } variables)
        {
            Keep(transition.Slot, new RunDetail { Variables = variables });
        }

        _runsByProfile.Add(transition.Slot);
        RunTimers.Arm(transition.Slot);
        Plans.TallyOf(plan, FlowGraph.End).Count(transition);
    }

    private void ApplyMove(in Transition transition)
    {
        if (!Runs.IsUsed(transition.Slot))
        {
            throw transition.Misplaced("there is no run in the slot");
        }

        ref var run = ref Runs.Change(transition.Slot);
        if (run.Number != transition.Run || run.Seq + 1 != transition.Seq || run.Step != transition.From)
        {
            throw transition.Misplaced($"run {run.Number} made {run.Seq} transitions and stands on step {run.Step}");
        }

        Plans.TallyOf(run.Plan, run.Step).Count(transition);
        if (transition.Kind == DecisionKind.Send)
        {
            Outbox.Add(transition, run, DetailOf(transition.Slot)?.Variables);
        }

        if (transition.To == FlowGraph.End)
        {
            if (run.Step != FlowGraph.End)
            {
                NoteEntry(transition.Slot);
            }

            EndRun(transition.Slot);
            return;
        }

        LeaveLine(transition.Slot);
        if (transition.Kind == DecisionKind.Migrate)
        {
            run.Plan = Plans.NumberOf(Plans[run.Plan].Flow, transition.Migration.Version);
        }

        if (run.HasDetail || transition.NeedsDetail)
        {
            Keep(transition.Slot, RunDetail.Next(DetailOf(transition.Slot), run.Status, transition));
        }

        AwaitingCount -= run.Status == RunStatus.Awaiting ? 1 : 0;
        run.Move(transition);
        AwaitingCount += run.Status == RunStatus.Awaiting ? 1 : 0;
        JoinLine(transition.Slot);
        Time(transition.Slot);
    }

    private void NoteEntry(int slot)
    {
        ref readonly var run = ref Runs[slot];
        var (flow, key) = (Plans[run.Plan].Flow, RunKey.Of(DetailOf(slot)));
        _entries.Note(flow, run.Ordinal, run.Entered);
        if (!key.IsNull)
        {
            _keyed.Note(flow, run.Ordinal, RunKey.TextOf(key), run.Entered);
        }
    }

    private LinePlace PlaceOf(int slot)
    {
        ref readonly var run = ref Runs[slot];
        return new LinePlace(_details[slot].Arrived.UnixMs, 0, run.Ordinal, run.EnteredMs, run.Which, run.Number, slot);
    }

    private void JoinLine(int slot)
    {
        if (DetailOf(slot) is { Line: { Length: > 0 } line })
        {
            Lines.Add(line, Plans[Runs[slot].Plan].Flow, PlaceOf(slot));
        }
    }

    private void LeaveLine(int slot)
    {
        if (DetailOf(slot) is { Line: { Length: > 0 } line })
        {
            Lines.Remove(line, Plans[Runs[slot].Plan].Flow, PlaceOf(slot));
        }
    }

    // A run that is parked is woken by nothing but a person, one that stands for a result by that alone.
    private void Time(int slot)
    {
        var status = Runs[slot].Status;
        if (status == RunStatus.Parked)
        {
            _parked.Add(slot);
        }
        else if (_parked.Count > 0)
        {
            _parked.Remove(slot);
        }

        if (status is RunStatus.Parked or RunStatus.Sending)
        {
            RunTimers.Disarm(slot);
        }
        else
        {
            RunTimers.Arm(slot);
        }
    }

    private void ApplyResult(in Transition transition)
    {
        Outbox.ThrowUnlessNext(transition);
        if (transition.Kind is not (DecisionKind.Begin or DecisionKind.Retry))
        {
            TellRun(transition, transition.Kind == DecisionKind.Requeue ? RunStatus.Parked : RunStatus.Sending);
        }

        Outbox.Apply(transition);
    }

    // The result and what the run hears of it are one record, so neither is there without the other.
    private void TellRun(in Transition result, RunStatus standing)
    {
        for (var slot = FirstRunOf(Outbox.Messages[result.Slot].Ordinal); slot != None; slot = RunAfter(slot))
        {
            ref readonly var run = ref Runs[slot];
            if (run.Status == standing && run.Number == result.Run && MessageOf(slot) == result.Slot)
            {
                Runs.Change(slot).Hear(result);
                Time(slot);
                return;
            }
        }
    }

    private void Keep(int slot, RunDetail? detail)
    {
        Runs.Change(slot).HasDetail = detail is not null;
        if (detail is not null)
        {
            _details[slot] = detail;
        }
        else
        {
            _details.Remove(slot);
        }
    }

    private void EndRun(int slot)
    {
        ref var run = ref Runs.Change(slot);
        AwaitingCount -= run.Status == RunStatus.Awaiting ? 1 : 0;
        LeaveLine(slot);
        if (run.HasDetail)
        {
            _details.Remove(slot);
        }

        if (_parked.Count > 0)
        {
            _parked.Remove(slot);
        }

        RunTimers.Disarm(slot);
        _runsByProfile.Remove(slot);
        Runs.Free(slot);
    }
}
