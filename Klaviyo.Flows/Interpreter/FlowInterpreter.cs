using System.Globalization;
using Klaviyo.Flows.Definitions;

namespace Klaviyo.Flows.Interpreter;

/// <summary>Says what happens next to a run. Pure: the same run, facts and instant give the same answer.</summary>
/// <remarks>
/// One call is one transition. Whoever calls applies it and asks again, until the run rests: it waits, or has ended. After a
/// write to the profile the caller lets the write take effect first, so that the next step sees it.
/// </remarks>
internal static class FlowInterpreter
{
    /// <summary>Why a run is parked whose message was not delivered. It stands in the log, and is what such a run is known by.</summary>
    internal const string NotDelivered = "The message was not delivered.";

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
        var next = Decide(flow, run, detail, facts, at, ref write);
        if (next is { Variables: { } variables })
        {
            VariableText.ThrowIfTooLarge(detail?.Variables, variables, facts.VariableBytesMax);
        }

        if (write is not null && facts.Refusal(write) is { } refusal)
        {
            throw new InvalidOperationException($"What the step writes is refused: {refusal.Field}. {refusal.Reason}");
        }

        return next;
    }

    private static Transition? Decide(
        FlowVersion flow, in Run run, RunDetail? detail, IFlowFacts facts, Instant at, ref CustomerWrite? write)
    {
        return run.Status switch
        {
            RunStatus.Triggered => Enter(flow, run, facts, at),
            RunStatus.Waiting or RunStatus.Sent => Move(run, at, DecisionKind.Resume, flow.Next(run.Step)),
            RunStatus.Unsent => Unsent(flow, run, at),
            RunStatus.Ready or RunStatus.Awaiting => Step(flow, run, detail, facts, at, out write),
            _ => throw new InvalidOperationException($"Unknown status {run.Status}."),
        };
    }

    private static Transition Unsent(FlowVersion flow, in Run run, Instant at)
    {
        return (flow.Step(run.Step) as SendStep)?.OnError switch
        {
            null or ErrorPolicy.Continue => Move(run, at, DecisionKind.Resume, flow.Next(run.Step)),
            ErrorPolicy.Exit => Move(run, at, DecisionKind.Skip, Nowhere) with { Reason = SkipReason.NotDelivered },
            _ => Move(run, at, DecisionKind.Park, run.Step) with { Detail = NotDelivered },
        };
    }

    /// <summary>Makes the transition of a run that does not enter: the instant for which it waited is no longer one, or its flow is archived.</summary>
    internal static Transition Pass(in Run run, Instant at, SkipReason reason) =>
        Move(run, at, DecisionKind.Refuse, Nowhere) with { From = Nowhere, Reason = reason };

    private static Transition Enter(FlowVersion flow, in Run run, IFlowFacts facts, Instant at)
    {
        var refusal = Refusal(flow, run, facts, at);
        return refusal == SkipReason.None
            ? Move(run, at, DecisionKind.Enter, flow.Entry) with { From = Nowhere, Variables = StartVariables(flow.Definition, run, facts) }
            : Move(run, at, DecisionKind.Refuse, Nowhere) with { From = Nowhere, Reason = refusal };
    }

    private static SkipReason Refusal(FlowVersion flow, in Run run, IFlowFacts facts, Instant at)
    {
        var definition = flow.Definition;
        // Until it has entered, a run knows when what triggered it happened. Within one millisecond a profile comes onto a
        // list once: else a flow that takes it off and puts it on again would start itself for ever.
        var trigger = definition.Triggers[run.Which];
        if (trigger is ListTrigger list
            && (facts.LastEntry == at || facts.History.MemberSince(list.List, at) != run.Entered))
        {
            return SkipReason.NotNewOnList;
        }

        // Whoever has waited for an instant is asked whether it still is one.
        if (trigger is TimedTrigger timed && !timed.Fires(new EvaluationContext(facts.History, run.Due, facts.Zone)))
        {
            return SkipReason.TriggerPassed;
        }

        // However much of a profile changes within a millisecond, it enters once.
        if (trigger is PropertyChangedTrigger changed
            && (facts.LastEntry == at || !changed.Passes(new EvaluationContext(facts.History, run.Entered, facts.Zone), run.Due)))
        {
            return SkipReason.TriggerPassed;
        }

        if (facts.IsKeyInUse || !definition.EffectiveReentry.Allows(facts.LastEntry, at))
        {
            return SkipReason.ReentryNotAllowed;
        }

        var context = flow.FilterContext(new StepContext(facts, at, at, null)) with { LastEntry = facts.LastEntry };
        return definition.ProfileFilter?.Holds(context) == false ? SkipReason.FilterFailed : SkipReason.None;
    }

    private static PropertyMap? StartVariables(FlowDefinition definition, in Run run, IFlowFacts facts)
    {
        return definition.Triggers[run.Which] is DateTrigger date
            && date.DateAt(new EvaluationContext(facts.History, run.Due, facts.Zone)) is { } day
            ? new PropertyMap
            {
                [DateTrigger.DateVariable] =
                    day.Add(date.Time.ToTimeSpan()).ToString(DateTrigger.DateFormat, CultureInfo.InvariantCulture),
            }
            : null;
    }

    private static Transition? Step(
        FlowVersion flow, in Run run, RunDetail? detail, IFlowFacts facts, Instant at, out CustomerWrite? write)
    {
        write = null;
        if (RunHops.IsTooMany(detail?.Variables))
        {
            // Whoever releases it has looked at it: it goes on as the beginning of a chain.
            return Move(run, at, DecisionKind.Park, run.Step) with
            {
                Detail = RunHops.Reason,
                Variables = new PropertyMap { [RunHops.Variable] = PropertyValue.Null },
            };
        }

        var step = flow.Step(run.Step);
        var context = new StepContext(facts, at, run.Entered, flow.Message(run.Step)) { Definition = flow.Definition }.Of(run, detail);

        if (Goal(flow, run, context) is { } goal)
        {
            return goal;
        }

        if (step is ActionStep && !PassesFilter(flow, context))
        {
            return Move(run, at, DecisionKind.Skip, Nowhere) with { Reason = SkipReason.FilterFailed };
        }

        var decision = step.Decide(context);
        write = decision.Write;
        return decision.Kind switch
        {
            DecisionKind.Wait when decision.IsLocal || HasGoals(flow, run, context) => WaitAndAsk(flow, run, detail, context, decision),
            DecisionKind.Wait =>
                Move(run, at, DecisionKind.Wait, run.Step) with { Due = decision.Due, Variables = decision.Variables },
            DecisionKind.Await or DecisionKind.Queue =>
                Await(run, detail, at, WithFilters(flow, step, context, WithGoals(flow, run, context, decision))),
            DecisionKind.Branch => Move(run, at, DecisionKind.Branch, flow.Next(run.Step, decision.Exit)) with
            {
                Variables = decision.Variables,
                Turn = decision.Line,
            },
            DecisionKind.Send when ((SendStep)step).OnError != ErrorPolicy.Continue =>
                Move(run, at, DecisionKind.Send, run.Step) with { Variables = decision.Variables },
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

        return run.Status == RunStatus.Awaiting && detail!.Due == decision.Due && detail.Line == (decision.Line ?? "") && decision.Variables is null
            ? null
            : Move(run, at, decision.Kind, run.Step) with { Due = decision.Due, Detail = decision.Line, Variables = decision.Variables };
    }

    // A run jumps to the first goal ahead of it that is reached: to each once, so that a circle behind a goal ends.
    private static Transition? Goal(FlowVersion flow, in Run run, in StepContext context)
    {
        foreach (var goal in flow.GoalsAhead(run.Step))
        {
            var step = (GoalStep)flow.Step(goal);
            var name = GoalStep.VariableOf(step.Id);
            if (context.Variables[name].IsNull && step.Filter.Holds(context.EvaluationOfRun()))
            {
                return Move(run, context.At, DecisionKind.Branch, goal) with { Variables = new PropertyMap { [name] = true } };
            }
        }

        return null;
    }

    private static bool HasGoals(FlowVersion flow, in Run run, in StepContext context)
    {
        foreach (var goal in flow.GoalsAhead(run.Step))
        {
            if (context.Variables[GoalStep.VariableOf(flow.Step(goal).Id)].IsNull)
            {
                return true;
            }
        }

        return false;
    }

    // Who waits with a goal ahead is asked again whenever the goal may be reached; who waits for a local time, when that may be another.
    private static Transition? WaitAndAsk(
        FlowVersion flow, in Run run, RunDetail? detail, in StepContext context, in Decision decision)
    {
        return decision.Due <= context.At
            ? Move(run, context.At, DecisionKind.Resume, flow.Next(run.Step)) with { Variables = decision.Variables }
            : Await(run, detail, context.At, WithGoals(flow, run, context, Decision.Await(decision.Due)));
    }

    private static Decision WithGoals(FlowVersion flow, in Run run, in StepContext context, in Decision decision)
    {
        var due = decision.Due;
        foreach (var goal in flow.GoalsAhead(run.Step))
        {
            var boundary = ((GoalStep)flow.Step(goal)).Filter.NextBoundary(context.EvaluationOfRun());
            due = boundary < due ? boundary.Value : due;
        }

        return decision.Until(due);
    }

    // Who stands before an action is asked again when time may make a filter fail, so it does not depend on what else asks him when that shows.
    private static Decision WithFilters(FlowVersion flow, Step step, in StepContext context, in Decision decision)
    {
        if (step is not ActionStep)
        {
            return decision;
        }

        var ofFlow = flow.Definition.ProfileFilter?.NextBoundary(flow.FilterContext(context));
        var ofMessage = (step as SendStep)?.AdditionalFilter?.NextBoundary(context.EvaluationOfRun());
        var due = ofFlow < decision.Due ? ofFlow.Value : decision.Due;
        return decision.Until(ofMessage < due ? ofMessage.Value : due);
    }

    private static bool PassesFilter(FlowVersion flow, in StepContext context) =>
        flow.Definition.ProfileFilter is not { } filter || filter.Holds(flow.FilterContext(context));

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
