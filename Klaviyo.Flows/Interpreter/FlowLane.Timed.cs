using Klaviyo.Flows.Definitions;
using Klaviyo.Storage.Errors;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Interpreter;

/// <content>Triggers that the clock pulls: for each profile a run is kept that waits for the next instant.</content>
/// <remarks>
/// <para>Such a run has not entered. At its instant it is asked whether the trigger fires, enters or is refused, and in its place comes
/// the one for the instant after that. What is written of the profile, a merge or a split adds one where the next instant has become
/// another; the one that was there is refused when its time comes.</para>
/// <para>Each version has the instants after its definition, up to and with that of the next version.</para>
/// </remarks>
internal sealed partial class FlowLane
{
    private static readonly PropertyMap Nothing = [];

    /// <summary>Finds the next instant of the latest version of a flow for a profile that was there before it.</summary>
    /// <remarks>Done again after a crash, it starts nothing again: what has entered since is not asked for.</remarks>
    internal void ArmLatest(Flow flow, int ordinal, ILaneScope scope)
    {
        foreach (var slot in State.RunsOf(ordinal).ToList())
        {
            var run = State.Runs[slot];
            if (State.Plans[run.Plan] is var plan && plan.Flow == flow.Number && IsOfNext(run, flow, flow.Version(plan.Version)))
            {
                Move(scope, FlowInterpreter.Pass(run, scope.Now, SkipReason.TriggerPassed) with { Slot = slot });
                EndWalk(scope);
                _heldRuns.Remove(slot);
            }
        }

        ArmTimed(flow, flow.Latest, ordinal, State.LastEntry(flow.Number, ordinal) ?? Instant.MinValue, scope);
    }

    // Also what comes with an event.
    private static PropertyMap Written(CustomerWrite write)
    {
        return write switch
        {
            ProfileWrite profile => profile.Properties,
            CustomerEvent happened => happened.ProfileProperties,
            _ => Nothing,
        };
    }

    private void ArmTimed(in AppliedFact fact, PropertyMap written, ILaneScope scope)
    {
        foreach (var flow in flows.Book.Timed)
        {
            if (flow.ReadsTime(written))
            {
                ArmTimed(flow, fact.Ordinal, InstantOf(fact), scope);
            }
        }
    }

    private void ArmTimed(int ordinal, Instant at, ILaneScope scope, bool areOfAll)
    {
        foreach (var flow in flows.Book.Timed)
        {
            if (!areOfAll || flow.ReadsTime(Nothing))
            {
                ArmTimed(flow, ordinal, at, scope);
            }
        }
    }

    // What a late run writes is written at its instant, at which there may have been an older version.
    private void ArmTimed(Flow flow, int ordinal, Instant at, ILaneScope scope)
    {
        var version = flow.Latest;
        ArmTimed(flow, version, ordinal, at, scope);
        while (version.Number > 1 && at < version.Defined)
        {
            version = flow.Version(version.Number - 1);
            ArmTimed(flow, version, ordinal, at, scope);
        }
    }

    private void ArmTimed(Flow flow, FlowVersion version, int ordinal, Instant at, ILaneScope scope)
    {
        var (triggers, until) = (version.Definition.Triggers, flow.Until(version));
        at = at < flow.After(version) ? flow.After(version) : at;
        for (var which = 0; which < triggers.Count; which++)
        {
            if (triggers[which] is TimedTrigger timed
                && Next(flow, version, which, timed, ordinal, at, scope) is { } due && due <= until
                && !IsKept(flow, version, which, ordinal, due))
            {
                Start(scope, flow, version, which, ordinal, due, due, null, default, isOfHistory: false);
            }
        }
    }

    private Instant? Next(Flow flow, FlowVersion version, int which, TimedTrigger timed, int ordinal, Instant at, ILaneScope scope)
    {
        try
        {
            var next = timed.Next(new EvaluationContext(scope.History(ordinal), at, scope.Zone), at);
            return next is null || next > at ? next : throw new InvalidOperationException($"The next time after {at} is {next}.");
        }
        catch (Exception fault) when (DefinitionFault.Is(fault))
        {
            // Whoever writes, defines or opens is not to blame: the run is noted, and does not enter.
            Refuse(Start(scope, flow, version, which, ordinal, at, at, null, default, isOfHistory: false), fault, scope);
            return null;
        }
    }

    // After a run that has had its instant comes the one for the next; after one of a pause, the one for the first after it.
    private void ArmNext(in Run run, Flow flow, FlowVersion version, ILaneScope scope)
    {
        if (run.Status == RunStatus.Triggered && flow.Life == FlowLife.Live && version.IsTimed(run.Which)
            && IsOwn(run.Ordinal, scope))
        {
            ArmTimed(flow, version, run.Ordinal, flow.ResumedAfter(run.Due)?.PlusMs(-1) ?? run.Due, scope);
        }
    }

    private SkipReason Passes(int slot, FlowVersion version, ILaneScope scope)
    {
        ref readonly var run = ref State.Runs[slot];
        if (run.Status != RunStatus.Triggered)
        {
            return SkipReason.None;
        }

        var flow = flows.Book[State.Plans[run.Plan].Flow];
        return IsOfLater(run, flow) ? SkipReason.FlowArchived
            : version.IsTimed(run.Which) && HasPassed(slot, flow, version, scope) ? SkipReason.TriggerPassed
            : SkipReason.None;
    }

    // Its instant is one of a newer version, or lies in a pause; or the person has another run for it, here or where it was merged into.
    private bool HasPassed(int slot, Flow flow, FlowVersion version, ILaneScope scope)
    {
        ref readonly var run = ref State.Runs[slot];
        return IsOfNext(run, flow, version) || flow.ResumedAfter(run.Due) is not null || HasTwin(slot) || !IsOwn(run.Ordinal, scope);
    }

    private static bool IsOfLater(in Run run, Flow flow) => run.Status == RunStatus.Triggered && run.Due > flow.Archived;

    private static bool IsOfNext(in Run run, Flow flow, FlowVersion version)
    {
        return run.Status == RunStatus.Triggered && version.IsTimed(run.Which)
            && run.Due > flow.Until(version);
    }

    // Of a profile that was merged into one of another lane the runs stay; the clock starts those of the other.
    private bool IsOwn(int ordinal, ILaneScope scope) => scope.IdOf(ordinal) == new ProfileKey(lane, ordinal).Id;

    private bool HasTwin(int slot)
    {
        ref readonly var run = ref State.Runs[slot];
        for (var other = State.FirstRunOf(run.Ordinal); other >= 0; other = State.RunAfter(other))
        {
            ref readonly var twin = ref State.Runs[other];
            if (other != slot && twin.Status == RunStatus.Triggered && twin.Plan == run.Plan && twin.Which == run.Which && twin.Due == run.Due)
            {
                return true;
            }
        }

        return false;
    }

    private bool IsKept(Flow flow, FlowVersion version, int which, int ordinal, Instant due)
    {
        foreach (var slot in State.RunsOf(ordinal))
        {
            ref readonly var run = ref State.Runs[slot];
            var plan = State.Plans[run.Plan];
            if (plan.Flow == flow.Number && plan.Version == version.Number && run.Which == which
                && run.Status == RunStatus.Triggered && run.Due == due)
            {
                return true;
            }
        }

        return false;
    }
}
