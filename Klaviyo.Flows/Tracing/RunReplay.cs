using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;

namespace Klaviyo.Flows.Tracing;

/// <summary>One run, made again from its transitions, one after the other: what it was before each is what its step looked at.</summary>
/// <param name="flow">The flow.</param>
/// <param name="trigger">Its first transition.</param>
/// <threadsafety>One caller at a time, under the gate of the lane.</threadsafety>
internal sealed class RunReplay(Flow flow, Transition trigger)
{
    private FlowVersion _version = flow.Version(trigger.Start.Version);
    private Run _run = Run.Of(trigger, plan: 0);
    private RunDetail? _detail = trigger.Variables is { } variables ? new RunDetail { Variables = variables } : null;
    private int _awaited = -1;
    private DecisionKind _result;

    /// <summary>Explains a transition, and takes it.</summary>
    /// <param name="transition">The next one of the run, or of a message of it.</param>
    /// <param name="run">The id of the run.</param>
    /// <param name="profile">The profile.</param>
    /// <param name="facts">The profile and the event, as they are known now.</param>
    internal RunTraceEntry Take(in Transition transition, RunId run, ProfileId profile, IFlowFacts facts)
    {
        var next = transition.Kind == DecisionKind.Migrate ? flow.Version(transition.Migration.Version) : _version;
        var entry = new RunTraceEntry
        {
            Decision = FlowDecision.Of(_version, next, transition, run, profile),
            Due = DueOf(transition),
            Variables = transition.Variables ?? [],
        };
        if (transition.Kind == DecisionKind.Trigger)
        {
            return transition.Start.IsOfHistory ? entry with { Conditions = [DecisionConditions.OfEnrolment()] } : entry;
        }

        if (transition.IsOfMessage)
        {
            Hear(transition);
            return entry;
        }

        if (_run.Status is RunStatus.Sent or RunStatus.Unsent && transition.Kind is not DecisionKind.Cancel)
        {
            var policy = (_version.Step(_run.Step) as SendStep)?.OnError ?? ErrorPolicy.Continue;
            entry = entry with { Conditions = [DecisionConditions.OfDelivery(_run.Status, _result, policy)], IsSameToday = IsSame(transition, facts) };
        }
        else if (IsByStep(transition.Kind) && _version.Fault is null)
        {
            entry = entry with
            {
                Conditions = DecisionConditions.Of(_version, _run, _detail, transition, facts),
                IsSameToday = IsOfLimits(transition) || IsSame(transition, facts),
            };
        }

        if (transition.To != FlowGraph.End)
        {
            var before = _run.Status;
            _detail = RunDetail.Next(_detail, before, transition);
            _run.Move(transition);
            _awaited = _run.Status == RunStatus.Sending ? transition.Message
                : _run.Status == RunStatus.Parked && before is RunStatus.Unsent or RunStatus.Parked ? _awaited
                : -1;
        }

        _version = next;
        return entry;
    }

    // As LaneState has it: the run hears of the message for which it stands, once there is a result, and when that is tried again.
    private void Hear(in Transition result)
    {
        var standing = result.Kind == DecisionKind.Requeue ? RunStatus.Parked : RunStatus.Sending;
        if (_run.Status == standing && result.Slot == _awaited && result.Kind is not (DecisionKind.Begin or DecisionKind.Retry))
        {
            _run.Hear(result);
            _result = result.Kind;
        }
    }

    private static bool IsByStep(DecisionKind kind)
    {
        return kind is DecisionKind.Enter or DecisionKind.Refuse or DecisionKind.Wait or DecisionKind.Await or DecisionKind.Queue
            or DecisionKind.Branch or DecisionKind.Send or DecisionKind.Skip or DecisionKind.Update;
    }

    private static Instant? DueOf(in Transition transition)
    {
        return transition.Kind is DecisionKind.Trigger or DecisionKind.Wait or DecisionKind.Await or DecisionKind.Queue or DecisionKind.Retry
            or DecisionKind.Requeue
            && transition.Due != Instant.MaxValue
            ? transition.Due
            : null;
    }

    // What depends on what came of other runs and messages by then: re-entry, whose turn it is, and how often and when people may
    // be written to.
    private bool IsOfLimits(in Transition transition)
    {
        var step = transition.From == FlowGraph.End ? null : _version.Step(transition.From);
        return transition.Reason is SkipReason.ReentryNotAllowed or SkipReason.FrequencyCap or SkipReason.QuietHours
            || transition.Kind == DecisionKind.Queue || step is RateLimitStep
            || (transition.Kind == DecisionKind.Await && step is SendStep);
    }

    // A step that fails today is one that decides otherwise; what was passed over by hand was not decided.
    private bool IsSame(in Transition transition, IFlowFacts facts)
    {
        if (transition.Reason is SkipReason.ByHand or SkipReason.Error)
        {
            return true;
        }

        try
        {
            var today = FlowInterpreter.Next(_version, _run, _detail, facts, transition.At, out _);
            return today is { } next
                && (next.Kind, next.To, next.Due, next.Reason) == (transition.Kind, transition.To, transition.Due, transition.Reason);
        }
        catch (Exception fault) when (fault is not (IOException or StoreCorruptedException or OutOfMemoryException))
        {
            return false;
        }
    }
}
