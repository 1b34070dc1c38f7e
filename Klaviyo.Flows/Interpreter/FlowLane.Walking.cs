using Klaviyo.Flows.Definitions;
using Klaviyo.Storage.Errors;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Interpreter;

// How a run that is due takes its steps, up to where it waits.
internal sealed partial class FlowLane
{
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
        if (flow.Holds(plan.Version))
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
        var message = next.Kind == DecisionKind.Send ? State.Outbox.Messages.Vacant() : 0;
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
}
