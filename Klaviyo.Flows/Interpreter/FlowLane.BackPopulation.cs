using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Timers;
using Klaviyo.Storage.Errors;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Interpreter;

// Enrolment from history. Whoever entered the flow before, or is about to, is left alone; so it may be done again and again.
internal sealed partial class FlowLane
{
    /// <summary>Starts the runs of a flow for which the history of a profile calls: one, or one for each key.</summary>
    /// <returns>How many.</returns>
    internal int BackPopulate(ILaneScope scope, Flow flow, int ordinal, Instant asked, BackPopulation population)
    {
        var (started, isAsOf) = (0, population.Entry == BackPopulationEntry.AsOfEvent);
        var triggers = flow.Latest.Definition.Triggers;
        for (var which = 0; which < triggers.Count; which++)
        {
            // Found before any run is started: what is given is valid until the history is asked for again.
            foreach (var (at, cause, key) in Causes(scope, triggers[which], ordinal, asked, population.Days).ToList())
            {
                if (State.LastEntry(flow.Number, ordinal, key) is null && !IsPulled(flow, ordinal, key))
                {
                    Start(scope, flow, flow.Latest, which, ordinal, at, isAsOf ? at : asked, cause, key, isAsOf);
                    started++;
                }
            }
        }

        return started;
    }

    private bool IsPulled(Flow flow, int ordinal, PropertyValue key)
    {
        foreach (var slot in State.RunsOf(ordinal))
        {
            ref readonly var run = ref State.Runs[slot];
            var plan = State.Plans[run.Plan];
            if (plan.Flow == flow.Number && run.Status == RunStatus.Triggered
                && !flow.Version(plan.Version).IsTimed(run.Which)
                && (key.IsNull || RunKey.Of(State.DetailOf(slot)) == key))
            {
                return true;
            }
        }

        return false;
    }

    private static IEnumerable<(Instant At, EventId? Cause, PropertyValue Key)> Causes(
        ILaneScope scope, FlowTrigger trigger, int ordinal, Instant asked, int days)
    {
        switch (trigger)
        {
            case MetricTrigger metric:
                return Events(scope, metric, ordinal, asked, days);
            case ListTrigger list:
                return scope.History(ordinal).MemberSince(list.List, asked) is { } since ? [(since, null, default)] : [];
            case SegmentTrigger { OnExit: false } segment when scope.Segment(segment.Segment) is { } definition:
                var isIn = DefinitionFault.IsYes(definition.Holds, new EvaluationContext(scope.History(ordinal), asked, scope.Zone));
                return isIn ? [(asked, null, default)] : [];
            default:
                return [];
        }
    }

    // The latest first. A second one of the same key finds the run of the first.
    private static IEnumerable<(Instant At, EventId? Cause, PropertyValue Key)> Events(
        ILaneScope scope, MetricTrigger trigger, int ordinal, Instant asked, int days)
    {
        var range = new TimeRange(asked.PlusMs(1 - (days * Lengths.DayMs)), asked);
        var events = scope.History(ordinal).Events(trigger.Metric, range).ToArray();
        for (var i = events.Length - 1; i >= 0; i--)
        {
            if (trigger.Filter is null || Passes(scope, trigger.Filter, ordinal, events[i]))
            {
                var key = trigger.Key is null ? default : RunKey.Of(trigger, LaneFacts.TriggerOf(scope.ReadEvent(events[i].Id)));
                yield return (events[i].Time, events[i].Id, key);
                if (trigger.Key is null)
                {
                    yield break;
                }
            }
        }
    }

    // Where it fails it starts nothing: it is the definition's, and live the profile would not have entered either.
    private static bool Passes(ILaneScope scope, Condition filter, int ordinal, EventRow row)
    {
        var trigger = LaneFacts.TriggerOf(scope.ReadEvent(row.Id));
        return DefinitionFault.IsYes(filter.Holds, new EvaluationContext(scope.History(ordinal), row.Time, scope.Zone) { Trigger = trigger });
    }
}
