using Klaviyo.Flows.Interpreter;
using Klaviyo.Storage.Errors;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Simulation;

/// <content>What starts simulated runs: facts of the store, writes of the simulation itself, and the clock.</content>
internal sealed partial class FlowSimulator
{
    // Stands for the instants at which the next instant of a timed trigger may have become another.
    private const int Arm = -1;

    private ValueList<FlowTrigger> Triggers => flow.Definition.Triggers;

    private bool IsTimed => Triggers.Any(t => t is TimedTrigger);

    private void FindTriggers(ILaneScope scope, int ordinal)
    {
        _triggers.Clear();
        _watches.Clear();
        for (var which = 0; which < Triggers.Count; which++)
        {
            switch (Triggers[which])
            {
                case MetricTrigger metric:
                    FindEvents(metric.Metric, scope, ordinal);
                    break;
                case ApiTrigger:
                    FindEvents(ApiTrigger.Metric, scope, ordinal);
                    break;
                case ListTrigger list:
                    FindListWrites(list.List, which, scope, ordinal);
                    break;
                case SegmentTrigger segment:
                    Watch(segment.Segment);
                    break;
                case PropertyChangedTrigger changed:
                    FindChanges(changed, which, scope, ordinal);
                    break;
                case TimedTrigger:
                    break;
                default:
                    throw new InvalidOperationException($"Unknown trigger {Triggers[which].Type}.");
            }
        }

        if (IsTimed)
        {
            FindWrites(scope, ordinal);
        }

        if (Triggers.Count > 1 || IsTimed)
        {
            // Facts of one instant in any order; but what is known then is known before a run is due then.
            _triggers.Sort(static (one, other) => one.Time != other.Time
                ? one.Time.CompareTo(other.Time)
                : (one.Cause?.Value ?? 0, one.Which).CompareTo((other.Cause?.Value ?? 0, other.Which)));
        }
    }

    private void FindEvents(string metric, ILaneScope scope, int ordinal)
    {
        // A flow that its own messages started would never end.
        foreach (var row in _facts.Stored(metric))
        {
            if (!_triggers.Any(t => t.Cause == row.Id) && WhichStarts(row, scope, ordinal) is { } which)
            {
                _triggers.Add((row.Time, row.Id, which));
            }
        }
    }

    private int? WhichStarts(EventRow row, ILaneScope scope, int ordinal)
    {
        // The event is read only where something asks for what it says.
        if (Triggers is [MetricTrigger { Filter: null }])
        {
            return 0;
        }

        var trigger = LaneFacts.TriggerOf(scope.ReadEvent(row.Id));
        return flow.Definition.WhichStarts(
            new EvaluationContext(scope.History(ordinal), row.Time, scope.Zone) { Trigger = trigger });
    }

    private void FindListWrites(string list, int which, ILaneScope scope, int ordinal)
    {
        var history = scope.History(ordinal);
        for (var at = history.MembershipBoundary(list, span.First.PlusMs(-1)); at is { } time && time <= span.Last;
            at = history.MembershipBoundary(list, time))
        {
            // Also who was on the list already: the simulation itself may have taken the profile off.
            if (history.MemberSince(list, time) is not null)
            {
                _triggers.Add((time, null, which));
            }
        }
    }

    // Also what does not change anything in the store: the simulation itself may have written another value before.
    private void FindChanges(PropertyChangedTrigger trigger, int which, ILaneScope scope, int ordinal)
    {
        var last = Instant.MinValue;
        foreach (var write in scope.History(ordinal).PropertyWrites(trigger.Property))
        {
            if (write.Time >= span.First && write.Time <= span.Last && write.Time != last)
            {
                _triggers.Add((write.Time, null, which));
                last = write.Time;
            }
        }
    }

    private void FindWrites(ILaneScope scope, int ordinal)
    {
        var before = span.First.PlusMs(-1);
        if (scope.History(ordinal).Created <= before)
        {
            _triggers.Add((before, null, Arm));
        }

        for (var at = scope.NextWrite(ordinal, before); at is { } time && time <= span.Last; at = scope.NextWrite(ordinal, time))
        {
            _triggers.Add((time, null, Arm));
        }
    }

    private void Pull(Instant at, EventId? cause, int which, int ordinal)
    {
        if (which == Arm)
        {
            ArmTimed(at, ordinal);
        }
        else if (Triggers[which] is not PropertyChangedTrigger || !IsKept(which, at))
        {
            Trigger(at, cause, which, ordinal);
        }
    }

    private void PullByWrite(CustomerWrite write, EventId? own, Instant at, int ordinal)
    {
        switch (write)
        {
            case ListWrite { Member: true } joined when Which<ListTrigger>(t => t.List == joined.List) is { } which:
                Trigger(at, null, which, ordinal);
                break;
            case ProfileWrite written:
                PullByProperties(written, at, ordinal);
                break;
            case CustomerEvent happened when !MessageEvents.IsDeliveryOf(flow.Definition.Name, happened):
                var trigger = _facts.TriggerOf(own!.Value);
                var context = new EvaluationContext(_facts.History, at, _facts.Zone) { Trigger = trigger };
                if (_lastEntry != at && flow.Definition.WhichStarts(context) is { } started)
                {
                    Trigger(at, own, started, ordinal);
                }

                break;
            default:
                break;
        }

        // What waits for an instant to come begins a chain of its own.
        _hops = 0;
        ArmTimed(at, ordinal);
    }

    private int? Which<T>(Func<T, bool> passes)
        where T : FlowTrigger
    {
        var which = Triggers.ToList().FindIndex(t => t is T one && passes(one));
        return which >= 0 ? which : null;
    }

    private void PullByProperties(ProfileWrite written, Instant at, int ordinal)
    {
        for (var which = 0; which < Triggers.Count; which++)
        {
            if (Triggers[which] is PropertyChangedTrigger trigger && written.Properties.ContainsKey(trigger.Property)
                && !IsKept(which, at) && _lastEntry != at)
            {
                Trigger(at, null, which, ordinal);
            }
        }
    }

    private void ArmNext(in Run run, int ordinal)
    {
        if (run.Status == RunStatus.Triggered && Triggers[run.Which] is TimedTrigger)
        {
            ArmTimed(run.Due, ordinal);
        }
    }

    private void ArmTimed(Instant at, int ordinal)
    {
        for (var which = 0; which < Triggers.Count; which++)
        {
            if (Triggers[which] is TimedTrigger timed
                && Next(timed, at) is { } due && due <= span.Last && !IsKept(which, due))
            {
                Trigger(due, null, which, ordinal);
            }
        }
    }

    // As live: who cannot be asked does not enter.
    private Instant? Next(TimedTrigger timed, Instant at)
    {
        try
        {
            return timed.Next(new EvaluationContext(_facts.History, at, _facts.Zone), at);
        }
        catch (Exception fault) when (DefinitionFault.Is(fault))
        {
            return null;
        }
    }

    private bool IsKept(int which, Instant due) => _runs.Values.Any(r =>
        r.State.Status == RunStatus.Triggered && r.State.Which == which && r.State.Due == due);
}
