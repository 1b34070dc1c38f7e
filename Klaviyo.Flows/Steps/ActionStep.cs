namespace Klaviyo;

/// <summary>A step that does something to the world or to the profile.</summary>
/// <remarks>The profile filter of the flow is checked again before every one of them.</remarks>
/// <threadsafety>Immutable.</threadsafety>
public abstract record ActionStep : Step
{
    private protected ActionStep()
    {
    }

    /// <summary>Gets whether the step acts; one that does not is skipped, and the run goes on.</summary>
    /// <value>The default is <see cref="StepStatus.Draft"/>, as in Klaviyo's JSON: only <see cref="StepStatus.Live"/> acts.</value>
    public StepStatus Status { get; init; }

    /// <summary>Gets the id of the step that follows; null ends the run.</summary>
    public string? Next { get; init; }

    /// <inheritdoc/>
    internal override ValueList<string?> Links => [Next];

    /// <inheritdoc/>
    internal sealed override Decision Decide(in StepContext context) =>
        Status == StepStatus.Live ? Act(context) : Decision.Skip(SkipReason.StepDisabled, StepStatusText.Of(Status));

    /// <summary>Decides what to do, given that the step acts.</summary>
    internal abstract Decision Act(in StepContext context);
}
