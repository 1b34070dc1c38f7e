using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Timers;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Interpreter;

// Enrolment from history. Whoever entered the flow before, or is about to, is left alone; so it may be done again and again.
internal sealed partial class FlowLane
{
    /// <summary>Starts a run of a flow for a profile whose history calls for one.</summary>
    /// <returns>Whether a run was started.</returns>
    internal bool BackPopulate(ILaneScope scope, Flow flow, int ordinal, Instant asked, BackPopulation population)
    {
        if (State.LastEntry(flow.Number, ordinal) is not null || IsPulled(flow, ordinal))
        {
            return false;
        }

        var triggers = flow.Latest.Definition.Triggers;
        for (var which = 0; which < triggers.Count; which++)
        {
            if (Cause(scope, triggers[which], ordinal, asked, population) is var (at, cause))
            {
                var isAsOf = population.Entry == BackPopulationEntry.AsOfEvent;
                Start(scope, flow, which, ordinal, at, isAsOf ? at : asked, cause, isAsOf);
                return true;
            }
        }

        return false;
    }

    private bool IsPulled(Flow flow, int ordinal)
    {
        foreach (var slot in State.RunsOf(ordinal))
        {
            ref readonly var run = ref State.Runs[slot];
            var plan = State.Plans[run.Plan];
            if (plan.Flow == flow.Number && run.Status == RunStatus.Triggered
                && flow.Version(plan.Version).Definition.Triggers[run.Which] is not TimedTrigger)
            {
                return true;
            }
        }

        return false;
    }

    private (Instant At, EventId? Cause)? Cause(
        ILaneScope scope, FlowTrigger trigger, int ordinal, Instant asked, BackPopulation population)
    {
        switch (trigger)
        {
            case MetricTrigger metric:
                return LatestEvent(scope, metric, ordinal, asked, population.Days);
            case ListTrigger list:
                return scope.History(ordinal).MemberSince(list.List, asked) is { } since ? (since, null) : null;
            case SegmentTrigger segment when scope.Segment(segment.Segment) is { } definition:
                var holds = definition.Holds(new EvaluationContext(scope.History(ordinal), asked, scope.Zone));
                return holds && !segment.OnExit ? (asked, null) : null;
            default:
                return null;
        }
    }

    private (Instant At, EventId? Cause)? LatestEvent(
        ILaneScope scope, MetricTrigger trigger, int ordinal, Instant asked, int days)
    {
        var events = scope.History(ordinal).Events(trigger.Metric, new TimeRange(asked.PlusMs(1 - (days * Lengths.DayMs)), asked)).ToArray();
        for (var i = events.Length - 1; i >= 0; i--)
        {
            if (trigger.Filter is null || Passes(scope, trigger.Filter, ordinal, events[i]))
            {
                return (events[i].Time, events[i].Id);
            }
        }

        return null;
    }

    // An event at which the filter fails starts nothing: it is the definition's, and live it would not have entered either.
    private static bool Passes(ILaneScope scope, Condition filter, int ordinal, EventRow row)
    {
        var trigger = LaneFacts.TriggerOf(scope.ReadEvent(row.Id));
        try
        {
            return filter.Holds(new EvaluationContext(scope.History(ordinal), row.Time, scope.Zone) { Trigger = trigger });
        }
        catch (Exception fault) when (IsOfStep(fault))
        {
            return false;
        }
    }
}
