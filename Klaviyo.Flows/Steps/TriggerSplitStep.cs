namespace Klaviyo;

/// <summary>Goes one way or the other by a condition on the event that started the run.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record TriggerSplitStep : SplitStep
{
    /// <inheritdoc/>
    public override string Type => "trigger-split";

    /// <summary>Gets the condition.</summary>
    public required Condition Filter { get; init; }

    /// <summary>Gets the metric of the trigger.</summary>
    public required string TriggerId { get; init; }

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context) =>
        Decision.Branch(Filter.Holds(context.Evaluation() with { Trigger = context.Facts.Trigger }));
}
