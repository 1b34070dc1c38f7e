using Klaviyo.Flows.Interpreter;

namespace Klaviyo.Flows.Definitions.Editing;

/// <summary>Where each run of one version of a flow lands in another. Pure: the report and the migration ask the same.</summary>
/// <threadsafety>Immutable.</threadsafety>
internal sealed class MigrationPlan
{
    private static readonly Place Gone = new(FlowGraph.End, LandingOutcome.Stays, IsSame: false, Changed: true);

    private readonly FlowVersion _old;
    private readonly FlowVersion _new;
    private readonly Place[] _places;
    private readonly bool _recomputes;

    internal MigrationPlan(FlowVersion old, FlowVersion @new, FlowMigration migration)
    {
        (_old, _new, _recomputes) = (old, @new, migration.Delays == DelayMigration.Recompute);
        var numbers = Enumerable.Range(0, @new.StepCount).ToDictionary(i => @new.Step(i).Id, StringComparer.Ordinal);
        _places = [.. Enumerable.Range(0, old.StepCount).Select(i => PlaceOf(old.Step(i), numbers, migration))];
    }

    /// <summary>Describes where a run lands, as one of a group.</summary>
    internal RunLanding Landing(in Run run, RunDetail? detail, Instant now)
    {
        var place = PlaceOf(run);
        var transition = Transition(run, detail, now);
        var lands = transition is null || place.Step == FlowGraph.End ? null : _new.Step(place.Step).Id;
        return new RunLanding(_old.Number, _old.Step(run.Step).Id, 1, lands, place.Changed)
        {
            Outcome = transition is null ? LandingOutcome.Stays : place.Outcome,
            Recomputed = transition is { Migration.Status: RunStatus.Awaiting },
        };
    }

    /// <summary>Makes the transition of a run that has entered, but for its slot; null where it stays.</summary>
    internal Transition? Transition(in Run run, RunDetail? detail, Instant now)
    {
        var place = PlaceOf(run);
        if (place.Outcome == LandingOutcome.Stays || run.Status == RunStatus.Sending)
        {
            return null;
        }

        var (status, due, arrived) = place.IsSame ? Keep(run, detail, place, now) : (RunStatus.Ready, now, now);
        return new Transition
        {
            Kind = DecisionKind.Migrate,
            Slot = 0,
            Run = run.Number,
            Seq = run.Seq + 1,
            At = now,
            From = run.Step,
            To = place.Step,
            Due = due,
            Migration = place.Step == FlowGraph.End ? default : new RunMigration(_new.Number, status, arrived),
        };
    }

    private (RunStatus Status, Instant Due, Instant Arrived) Keep(in Run run, RunDetail? detail, Place place, Instant now)
    {
        // The end of a wait until a local time is kept like that of any other, and one that is over stays so.
        if (run.Status == RunStatus.Awaiting && _old.Step(run.Step) is ILocalWait && _old.GoalsAhead(run.Step).IsEmpty
            && (detail!.Due <= now || (place.Changed && !_recomputes)))
        {
            return (RunStatus.Waiting, detail.Due, now);
        }

        if (run.Status == RunStatus.Awaiting)
        {
            return (RunStatus.Awaiting, now, detail!.Arrived);
        }

        return _recomputes && place.Changed && run.Status == RunStatus.Waiting
            && _old.Step(run.Step).ArrivalOf(run.Due, now) is { } arrived
            ? (RunStatus.Awaiting, now, arrived)
            : (run.Status, run.Status == RunStatus.Waiting ? run.Due : now, now);
    }

    // Of a version that cannot be read nobody knows what its steps are.
    private Place PlaceOf(in Run run) => _old.Fault is null ? _places[run.Step] : Gone;

    private Place PlaceOf(Step step, Dictionary<string, int> numbers, FlowMigration migration)
    {
        if (migration.Steps.FirstOrDefault(s => s.Step == step.Id) is { } told)
        {
            return told.To is null
                ? new Place(FlowGraph.End, LandingOutcome.Ends, IsSame: false, Changed: true)
                : new Place(numbers[told.To], LandingOutcome.Moves, IsSame: false, Changed: true);
        }

        if (!numbers.TryGetValue(step.Id, out var lands))
        {
            return Gone;
        }

        var other = _new.Step(lands);
        return new Place(
            lands, LandingOutcome.Moves, step.Type == other.Type, StepEnds.WithoutLinks(step) != StepEnds.WithoutLinks(other));
    }

    private readonly record struct Place(int Step, LandingOutcome Outcome, bool IsSame, bool Changed);
}
