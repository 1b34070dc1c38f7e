namespace Klaviyo;

/// <summary>A step with two ways on.</summary>
/// <threadsafety>Immutable.</threadsafety>
public abstract record SplitStep : Step
{
    private protected SplitStep()
    {
    }

    /// <summary>Gets the id of the step that follows if the condition holds; null ends the run.</summary>
    public string? NextIfTrue { get; init; }

    /// <summary>Gets the id of the step that follows if it does not; null ends the run.</summary>
    public string? NextIfFalse { get; init; }

    /// <inheritdoc/>
    internal override ValueList<string?> Links => [NextIfTrue, NextIfFalse];
}
