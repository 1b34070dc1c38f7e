using Klaviyo.Flows.Definitions;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Interpreter;

/// <content>Triggers that the clock pulls: for each profile a run is kept that waits for the next instant.</content>
/// <remarks>
/// Such a run has not entered. At its instant it is asked whether the trigger fires, enters or is refused, and in its place comes
/// the one for the instant after that. What is written of the profile adds one where the next instant has become another; the one
/// that was there is refused when its time comes.
/// </remarks>
internal sealed partial class FlowLane
{
    /// <summary>Finds the next instant of a flow for some profiles: those that were there before the flow was.</summary>
    internal void ArmTimed(Flow flow, int ordinal, ILaneScope scope) => ArmTimed(flow, ordinal, scope.Now, scope);

    private void ArmTimed(in AppliedFact fact, ILaneScope scope)
    {
        foreach (var flow in flows.Book.Timed)
        {
            if (flow.ReadsTime(fact.Write))
            {
                ArmTimed(flow, fact.Ordinal, InstantOf(fact), scope);
            }
        }
    }

    private void ArmTimed(Flow flow, int ordinal, Instant at, ILaneScope scope)
    {
        var triggers = flow.Latest.Definition.Triggers;
        for (var which = 0; which < triggers.Count; which++)
        {
            if (triggers[which] is TimedTrigger timed
                && timed.Next(new EvaluationContext(scope.History(ordinal), at, scope.Zone), at) is { } due
                && !IsKept(flow, which, ordinal, due))
            {
                Start(scope, flow, which, ordinal, due, due, null, default, isOfHistory: false);
            }
        }
    }

    // A new version keeps instants of its own; an archived flow has none after it was archived.
    private SkipReason Passes(in Run run, FlowVersion version)
    {
        if (run.Status != RunStatus.Triggered)
        {
            return SkipReason.None;
        }

        var flow = flows.Book[State.Plans[run.Plan].Flow];
        return IsOfLater(run, flow) ? SkipReason.FlowArchived
            : version.Number != flow.Latest.Number && version.Definition.Triggers[run.Which] is TimedTrigger ? SkipReason.TriggerPassed
            : SkipReason.None;
    }

    private static bool IsOfLater(in Run run, Flow flow) => run.Status == RunStatus.Triggered && run.Due > flow.Archived;

    private bool IsKept(Flow flow, int which, int ordinal, Instant due)
    {
        foreach (var slot in State.RunsOf(ordinal))
        {
            ref readonly var run = ref State.Runs[slot];
            var plan = State.Plans[run.Plan];
            if (plan.Flow == flow.Number && plan.Version == flow.Latest.Number && run.Which == which
                && run.Status == RunStatus.Triggered && run.Due == due)
            {
                return true;
            }
        }

        return false;
    }
}
