using System.Globalization;
using Klaviyo.Flows.Definitions;
using Klaviyo.Flows.Drawing;
using Klaviyo.Flows.Interpreter;

namespace Klaviyo.Flows.Tracing;

/// <summary>What a decision of a run looked at, as of its instant.</summary>
internal static class DecisionConditions
{
    /// <summary>Explains each condition that the next decision of a run looks at.</summary>
    /// <param name="flow">The version that the run keeps.</param>
    /// <param name="run">The run, as it stood before the decision.</param>
    /// <param name="detail">What it kept besides; null where it kept nothing.</param>
    /// <param name="transition">The decision.</param>
    /// <param name="facts">Its profile and event.</param>
    internal static IReadOnlyList<TracedCondition> Of(
        FlowVersion flow, in Run run, RunDetail? detail, in Transition transition, IFlowFacts facts)
    {
        var at = transition.At;
        var conditions = new List<TracedCondition>();
        if (run.Step == FlowGraph.End)
        {
            AddEntry(conditions, flow.Definition, run, transition, facts);
            return conditions;
        }

        var context = new StepContext(facts, at, run.Entered, null) { Definition = flow.Definition }.Of(run, detail);

        foreach (var goal in flow.GoalsAhead(run.Step))
        {
            var ahead = (GoalStep)flow.Step(goal);
            Add(conditions, $"goal {ahead.Id}", ahead.Filter, context.EvaluationOfRun());
        }

        if (flow.Step(run.Step) is ActionStep)
        {
            Add(conditions, "profile filter", flow.Definition.ProfileFilter, context.EvaluationOfRun());
        }

        AddStep(conditions, flow.Step(run.Step), context);
        AddLine(conditions, flow.Step(run.Step), transition);
        return conditions;
    }

    /// <summary>Says that a run was started from history.</summary>
    internal static TracedCondition OfEnrolment() =>
        new("enrolment", Said("the history calls for a run, as of the instant at which it happened", holds: true));

    /// <summary>Says what became of the message for which a run stood.</summary>
    /// <param name="status">What the run is doing since.</param>
    /// <param name="result">The result.</param>
    /// <param name="policy">What the step says to do where it is not delivered.</param>
    internal static TracedCondition OfDelivery(RunStatus status, DecisionKind result, ErrorPolicy policy)
    {
        var words = $"the message was delivered, or must not be any more; otherwise {policy.ToString().ToLowerInvariant()}";
        return new TracedCondition("delivery", Said(words, status == RunStatus.Sent, DecisionKindText.Of(result)));
    }

    private static void AddEntry(
        List<TracedCondition> conditions, FlowDefinition definition, in Run run, in Transition entry, IFlowFacts facts)
    {
        var at = entry.At;
        if (definition.Triggers[run.Which] is MetricTrigger { Filter: { } filter } && facts.Trigger is { } trigger)
        {
            Add(conditions, "trigger filter", filter, new EvaluationContext(facts.History, trigger.Row.Time, facts.Zone) { Trigger = trigger });
        }

        var isLetIn = entry.Reason != SkipReason.ReentryNotAllowed;
        if (definition.Triggers[run.Which].KeyPath is { } key && facts.Trigger is { } keyed)
        {
            conditions.Add(new TracedCondition("key", Said($"one run at a time of each {key.Text}, and re-entry by it", isLetIn, key.Of(keyed))));
        }

        if (!isLetIn || !definition.EffectiveReentry.IsAlways)
        {
            conditions.Add(new TracedCondition("re-entry", Said(StepWords.Of(definition.EffectiveReentry), isLetIn)));
        }

        Add(conditions, "profile filter", definition.ProfileFilter, new StepContext(facts, at, at, null).EvaluationOfRun());
    }

    private static void AddLine(List<TracedCondition> conditions, Step step, in Transition transition)
    {
        if (step is RateLimitStep rate)
        {
            conditions.Add(new TracedCondition("rate limit", Said(StepWords.Of(rate.Limit), transition.Kind != DecisionKind.Queue)));
        }
        else if (transition.Kind == DecisionKind.Queue)
        {
            conditions.Add(new TracedCondition("rate limit", Said($"there is room in the line of {transition.Detail}", holds: false)));
        }
    }

    private static Explanation Said(string words, bool holds, PropertyValue saw = default) => new(words, holds, saw, [], []);

    private static void AddStep(List<TracedCondition> conditions, Step step, in StepContext context)
    {
        switch (step)
        {
            case SendStep send:
                Add(conditions, "message filter", send.AdditionalFilter, context.EvaluationOfRun());
                break;
            case ConditionalSplitStep split:
                Add(conditions, "split", split.Filter, context.EvaluationOfRun());
                break;
            case TriggerSplitStep split:
                Add(conditions, "split", split.Filter, context.EvaluationOfRun());
                break;
            case ActionOutputSplitStep split:
                AddOutput(conditions, split, context);
                break;
            case MultiBranchSplitStep split:
                foreach (var branch in split.Branches)
                {
                    Add(conditions, $"branch {branch.Id}", branch.Filter, context.EvaluationOfRun());
                }

                break;
            case WaitUntilStep wait:
                foreach (var branch in wait.Branches)
                {
                    AddBranch(conditions, branch, context);
                }

                break;
            case SwitchStep chosen:
                var value = chosen.Value.Read(context);
                conditions.Add(new TracedCondition(
                    "switch", new Explanation(chosen.Value.Path?.ToString() ?? "value", chosen.Cases.Any(c => c.Value == value), value, [], [])));
                break;
            case GoalStep goal:
                Add(conditions, $"goal {goal.Id}", goal.Filter, context.EvaluationOfRun());
                break;
            case ILocalWait { Timezone: TimeDelayStep.ProfileZone } and not TimeDelayStep { UntilTime: null, UntilWeekdays.Count: 0 }:
                conditions.Add(new TracedCondition("zone", Said("the zone of the profile", holds: true, ProfileZones.Of(context).Name)));
                break;
            default:
                break;
        }
    }

    private static void AddOutput(List<TracedCondition> conditions, ActionOutputSplitStep split, in StepContext context)
    {
        var outputs = ActionOutputSplitStep.Outputs(context);
        if (!outputs.IsEmpty)
        {
            var output = outputs[^1];
            Add(conditions, "split", split.Filter, context.EvaluationOfRun() with { Output = output });
        }
    }

    private static void AddBranch(List<TracedCondition> conditions, WaitBranch branch, in StepContext context)
    {
        if (branch.Metric is not { } metric)
        {
            Add(conditions, $"branch {branch.Id}", branch.Filter, context.EvaluationOfRun());
            return;
        }

        var (reached, next) = branch.Ask(context);
        var since = (branch.SinceStart ? context.Entered : context.Arrived).ToString();
        var rows = reached is { } time
            ? context.Facts.History.Events(metric, new TimeRange(time, time)).ToArray()
            : [];
        var words = string.Create(CultureInfo.InvariantCulture, $"{metric} since {since}");
        conditions.Add(new TracedCondition(
            $"branch {branch.Id}", new Explanation(words, reached is not null, rows.Length, rows, []) { NextFlip = next }));
    }

    private static void Add(List<TracedCondition> conditions, string role, Condition? condition, in EvaluationContext context)
    {
        if (condition is not null)
        {
            conditions.Add(new TracedCondition(role, condition.Explain(context).WithFlip(condition, context)));
        }
    }
}
