using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Definitions.Editing;
using Klaviyo.Flows.Outbox;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Interpreter;

// What somebody does to runs and messages by hand. Each is a transition like any other.
internal sealed partial class FlowLane
{
    /// <summary>Has a run that is parked take its step again; where its message stays, that is tried again, under its key.</summary>
    internal void Release(ILaneScope scope, int slot)
    {
        if (State.MessageOf(slot) is >= 0 and var message)
        {
            Requeue(scope, message);
            return;
        }

        var run = State.Runs[slot];
        ByHand(scope, slot, DecisionKind.Release, run.Step, SkipReason.None, null);
        flows.Signal.Arm(scope.Now);
    }

    /// <summary>Has a run that is parked pass over its step; from a split it goes on by the first exit.</summary>
    internal void SkipStep(ILaneScope scope, int slot)
    {
        var run = State.Runs[slot];
        var next = VersionOf(State.Plans[run.Plan]).Readable().Next(run.Step);
        ByHand(scope, slot, DecisionKind.Skip, next, SkipReason.ByHand, State.DetailOf(slot)!.Reason);
        flows.Signal.Arm(scope.Now);
    }

    /// <summary>Ends a run.</summary>
    /// <returns>How many of its messages are on their way all the same.</returns>
    internal int Cancel(ILaneScope scope, int slot, string reason)
    {
        var (run, messages) = (State.Runs[slot], 0);
        for (var message = State.Outbox.FirstOf(run.Ordinal); message >= 0; message = State.Outbox.After(message))
        {
            messages += State.Outbox.Messages[message].Run == run.Number && !State.Outbox.Messages[message].Stays ? 1 : 0;
        }

        ByHand(scope, slot, DecisionKind.Cancel, FlowGraph.End, SkipReason.None, reason);
        _heldRuns.Remove(slot);
        return messages;
    }

    /// <summary>Ends a run of a flow that is archived: one whose time was to come after that, and every one that is to be ended.</summary>
    /// <returns>Null where it goes on; else how many of its messages are on their way all the same, and whether it had been under way.</returns>
    internal (bool WasUnderWay, int Messages)? End(ILaneScope scope, int slot, Flow flow)
    {
        if (IsOfLater(State.Runs[slot], flow))
        {
            Move(scope, FlowInterpreter.Pass(State.Runs[slot], scope.Now, SkipReason.FlowArchived) with { Slot = slot });
            EndWalk(scope);
            _heldRuns.Remove(slot);
            return (false, 0);
        }

        return flow.Life is FlowLife.Ending or FlowLife.Deleting ? (true, Cancel(scope, slot, FlowLifeText.Of(flow.Life))) : null;
    }

    /// <summary>Takes a message back that no channel has, because its flow is deleted.</summary>
    internal void Withdraw(ILaneScope scope, int slot)
    {
        if (State.Outbox.Messages[slot].Status == PendingStatus.Begun)
        {
            // Whoever began the attempt is not there any more, see Ask.
            Make(scope, Result(State.Outbox.Messages[slot], slot, DecisionKind.Uncertain, scope.Now) with { Detail = Interrupted });
        }

        var message = State.Outbox.Messages[slot];
        Make(scope, message.Stays
            ? Result(message, slot, DecisionKind.Drop, scope.Now) with { Detail = State.Outbox.Letters[slot].Reason }
            : Result(message, slot, DecisionKind.Withdraw, scope.Now) with { Reason = SkipReason.FlowArchived });
        _heldMessages.Remove(slot);
        _quietMessages.RemoveWhere(quiet => quiet.Slot == slot);
    }

    /// <summary>Brings a run onto another version of its flow.</summary>
    /// <returns>Where it lands; null for a run that has not entered.</returns>
    internal RunLanding? Migrate(ILaneScope scope, int slot, MigrationPlan plan)
    {
        var (run, detail, now) = (State.Runs[slot], State.DetailOf(slot), scope.Now);
        if (run.Step == FlowGraph.End)
        {
            return null;
        }

        var landing = plan.Landing(run, detail, now);
        if (plan.Transition(run, detail, now) is { } transition)
        {
            Move(scope, transition with { Slot = slot });
            EndWalk(scope);
            _heldRuns.Remove(slot);
            flows.Signal.Arm(now);
        }

        return landing;
    }

    /// <summary>Has a message that stays tried again.</summary>
    internal void Requeue(ILaneScope scope, int slot)
    {
        Make(scope, Result(State.Outbox.Messages[slot], slot, DecisionKind.Requeue, scope.Now) with { Due = scope.Now });
        flows.Signal.Arm(scope.Now);
    }

    /// <summary>Gives up a message that stays.</summary>
    internal void Drop(ILaneScope scope, int slot) =>
        Make(scope, Result(State.Outbox.Messages[slot], slot, DecisionKind.Drop, scope.Now) with { Detail = State.Outbox.Letters[slot].Reason });

    /// <summary>Describes a message that stays.</summary>
    internal DeadLetter Describe(ILaneScope scope, int slot)
    {
        var message = State.Outbox.Messages[slot];
        var (plan, letter) = (State.Plans[message.Plan], State.Outbox.Letters[slot]);
        var step = VersionOf(plan).Step(message.Step);
        var run = RunId.Of(lane, message.Run);
        return new DeadLetter(
            ActionKey.Of(flows.StoreId, plan.Flow, run, message.Seq),
            flows.Book[plan.Flow].Name,
            step.Id,
            (step as SendStep)?.Channel ?? "",
            run,
            scope.IdOf(message.Ordinal),
            message.At,
            letter.At,
            message.Attempts,
            message.Status == PendingStatus.Uncertain,
            letter.Reason);
    }

    private void ByHand(ILaneScope scope, int slot, DecisionKind kind, int to, SkipReason reason, string? detail)
    {
        var run = State.Runs[slot];
        Move(scope, new Transition
        {
            Kind = kind,
            Slot = slot,
            Run = run.Number,
            Seq = run.Seq + 1,
            At = scope.Now,
            From = run.Step,
            To = to,
            Reason = reason,
            Detail = detail,
        });
        EndWalk(scope);
    }
}
