using Klaviyo.Flows.Definitions;
using Klaviyo.Storage.Errors;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Interpreter;

// What starts runs: an event, a list, a segment, a property that is written. It only notes them, see the summary.
internal sealed partial class FlowLane
{
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
}
