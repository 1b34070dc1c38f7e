namespace Klaviyo;

/// <summary>Goes one way or the other by a condition on the event that started the run.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record TriggerSplitStep : SplitStep
{
    /// <inheritdoc/>
    public override string Type => "trigger-split";

    /// <summary>Gets the condition; null in a draft.</summary>
    public Condition? Filter { get; init; }

    /// <summary>Gets the metric of the trigger, or what else names it.</summary>
    public required string TriggerId { get; init; }

    /// <summary>Gets the type of the trigger, as in Klaviyo's JSON.</summary>
    public string TriggerType { get; init; } = "metric";

    /// <summary>Gets the kind of date of a date trigger, as in Klaviyo's JSON; null for none.</summary>
    public string? TriggerSubtype { get; init; }

    /// <summary>Tells whether the split asks about one of some triggers.</summary>
    internal bool FitsOneOf(ValueList<FlowTrigger> triggers)
    {
        return triggers.Any(trigger => trigger switch
        {
            MetricTrigger metric => TriggerType == "metric" && metric.Metric == TriggerId,
            ApiTrigger => TriggerType == "metric" && ApiTrigger.Metric == TriggerId,
            ScheduleTrigger => TriggerType == "scheduled",
            _ => trigger.Type == TriggerType,
        });
    }

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context) => Decision.Branch(Filter!.Holds(context.EvaluationOfRun()));
}
