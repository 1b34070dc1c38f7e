using Klaviyo.Flows.Definitions;

namespace Klaviyo.Flows.Interpreter;

/// <summary>Says what happens next to a run. Pure: the same run, facts and instant give the same answer.</summary>
/// <remarks>
/// One call is one transition. Whoever calls applies it and asks again, until the run rests: it waits, or has ended. After a
/// write to the profile the caller lets the write take effect first, so that the next step sees it.
/// </remarks>
internal static class FlowInterpreter
{
    private const int Nowhere = FlowGraph.End;

    /// <summary>Decides the next transition of a run.</summary>
    /// <param name="flow">The version that the run keeps.</param>
    /// <param name="run">The run.</param>
    /// <param name="detail">What the run keeps besides; null where it keeps nothing.</param>
    /// <param name="facts">Its profile and event.</param>
    /// <param name="at">The instant of the decision, T.</param>
    /// <param name="write">What is to be written to the profile along with it; null for nothing.</param>
    /// <returns>
    /// The transition, without the slots, which are the caller's; null where the run that was asked again goes on standing
    /// there as before.
    /// </returns>
    internal static Transition? Next(
        FlowVersion flow, in Run run, RunDetail? detail, IFlowFacts facts, Instant at, out CustomerWrite? write)
    {
        write = null;
        return run.Status switch
        {
            RunStatus.Triggered => Enter(flow, run, facts, at),
            RunStatus.Waiting => Move(run, at, DecisionKind.Resume, flow.Next(run.Step)),
            RunStatus.Ready or RunStatus.Awaiting => Step(flow, run, detail, facts, at, out write),
            _ => throw new InvalidOperationException($"Unknown status {run.Status}."),
        };
    }

    private static Transition Enter(FlowVersion flow, in Run run, IFlowFacts facts, Instant at)
    {
        var refusal = Refusal(flow.Definition, run, facts, at);
        return refusal == SkipReason.None
            ? Move(run, at, DecisionKind.Enter, flow.Entry) with { From = Nowhere }
            : Move(run, at, DecisionKind.Refuse, Nowhere) with { From = Nowhere, Reason = refusal };
    }

    private static SkipReason Refusal(FlowDefinition definition, in Run run, IFlowFacts facts, Instant at)
    {
        // Until it has entered, a run knows when what triggered it happened. Within one millisecond a profile comes onto a
        // list once: else a flow that takes it off and puts it on again would start itself for ever.
        if (definition.Trigger is ListTrigger list
            && (facts.LastEntry == at || facts.History.MemberSince(list.List, at) != run.Entered))
        {
            return SkipReason.NotNewOnList;
        }

        if (!definition.EffectiveReentry.Allows(facts.LastEntry, at))
        {
            return SkipReason.ReentryNotAllowed;
        }

        return PassesFilter(definition, new StepContext(facts, at, at, null)) ? SkipReason.None : SkipReason.FilterFailed;
    }

    private static Transition? Step(
        FlowVersion flow, in Run run, RunDetail? detail, IFlowFacts facts, Instant at, out CustomerWrite? write)
    {
        write = null;
        var step = flow.Step(run.Step);
        var context = new StepContext(facts, at, run.Entered, flow.Message(run.Step));
        if (detail is not null)
        {
            context = context with
            {
                Arrived = run.Status == RunStatus.Awaiting ? detail.Arrived : at,
                Variables = detail.Variables,
            };
        }

        if (step is ActionStep && !PassesFilter(flow.Definition, context))
        {
            return Move(run, at, DecisionKind.Skip, Nowhere) with { Reason = SkipReason.FilterFailed };
        }

        var decision = step.Decide(context);
        write = decision.Write;
        return decision.Kind switch
        {
            DecisionKind.Wait =>
                Move(run, at, DecisionKind.Wait, run.Step) with { Due = decision.Due, Variables = decision.Variables },
            DecisionKind.Await => Await(run, detail, at, decision),
            DecisionKind.Branch =>
                Move(run, at, DecisionKind.Branch, flow.Next(run.Step, decision.Exit)) with { Variables = decision.Variables },
            _ => Move(run, at, decision.Kind, flow.Next(run.Step)) with
            {
                Reason = decision.Reason,
                Detail = decision.Detail,
                Variables = decision.Variables,
            },
        };
    }

    private static Transition? Await(in Run run, RunDetail? detail, Instant at, in Decision decision)
    {
        if (decision.Due <= at)
        {
            throw new InvalidOperationException("A step that was asked awaits an instant that has come already.");
        }

        return run.Status == RunStatus.Awaiting && detail!.Due == decision.Due && decision.Variables is null
            ? null
            : Move(run, at, DecisionKind.Await, run.Step) with { Due = decision.Due, Variables = decision.Variables };
    }

    private static bool PassesFilter(FlowDefinition definition, in StepContext context) =>
        definition.ProfileFilter is not { } filter || filter.Holds(context.Evaluation());

    private static Transition Move(in Run run, Instant at, DecisionKind kind, int to)
    {
        return new Transition
        {
            Kind = kind,
            Slot = 0,
            Run = run.Number,
            Seq = run.Seq + 1,
            At = at,
            From = run.Step,
            To = to,
        };
    }
}
