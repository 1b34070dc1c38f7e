using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Interpreter;

namespace Klaviyo.Flows.Tracing;

/// <summary>One run, made again from its transitions, one after the other: what it was before each is what its step looked at.</summary>
/// <param name="version">The version that the run keeps.</param>
/// <param name="trigger">Its first transition.</param>
/// <threadsafety>One caller at a time, under the gate of the lane.</threadsafety>
internal sealed class RunReplay(FlowVersion version, Transition trigger)
{
    private Run _run = Run.Of(trigger, plan: 0);
    private RunDetail? _detail;

    /// <summary>Explains a transition, and takes it.</summary>
    /// <param name="transition">The next one of the run, or of a message of it.</param>
    /// <param name="run">The id of the run.</param>
    /// <param name="profile">The profile.</param>
    /// <param name="facts">The profile and the event, as they are known now.</param>
    internal RunTraceEntry Take(in Transition transition, RunId run, ProfileId profile, IFlowFacts facts)
    {
        var entry = new RunTraceEntry
        {
            Decision = FlowDecision.Of(version, transition, run, profile),
            Due = DueOf(transition),
            Variables = transition.Variables ?? [],
        };
        if (transition.IsOfMessage || transition.Kind == DecisionKind.Trigger)
        {
            return entry;
        }

        if (IsByStep(transition.Kind))
        {
            entry = entry with
            {
                Conditions = DecisionConditions.Of(version, _run, _detail, transition.At, facts),
                IsSameToday = IsOfLimits(transition) || IsSame(transition, facts),
            };
        }

        if (transition.To != FlowGraph.End)
        {
            _detail = RunDetail.Next(_detail, _run.Status, transition);
            _run.Move(transition);
        }

        return entry;
    }

    private static bool IsByStep(DecisionKind kind)
    {
        return kind is DecisionKind.Enter or DecisionKind.Refuse or DecisionKind.Wait or DecisionKind.Await or DecisionKind.Branch
            or DecisionKind.Send or DecisionKind.Skip or DecisionKind.Update;
    }

    private static Instant? DueOf(in Transition transition)
    {
        return transition.Kind is DecisionKind.Trigger or DecisionKind.Wait or DecisionKind.Await or DecisionKind.Retry or DecisionKind.Requeue
            && transition.Due != Instant.MaxValue
            ? transition.Due
            : null;
    }

    // What depends on what came of other runs and messages by then: re-entry, and how often and when people may be written to.
    private bool IsOfLimits(in Transition transition)
    {
        return transition.Reason is SkipReason.ReentryNotAllowed or SkipReason.FrequencyCap or SkipReason.QuietHours
            || (transition.Kind == DecisionKind.Await && version.Step(transition.From) is SendStep);
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
            var today = FlowInterpreter.Next(version, _run, _detail, facts, transition.At, out _);
            return today is { } next
                && (next.Kind, next.To, next.Due, next.Reason) == (transition.Kind, transition.To, transition.Due, transition.Reason);
        }
        catch (Exception fault) when (fault is not (IOException or StoreCorruptedException or OutOfMemoryException))
        {
            return false;
        }
    }
}
