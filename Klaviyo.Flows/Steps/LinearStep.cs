namespace Klaviyo;

/// <summary>A step with one way on that does nothing to the world.</summary>
/// <threadsafety>Immutable.</threadsafety>
public abstract record LinearStep : Step
{
    private protected LinearStep()
    {
    }

    /// <summary>Gets the id of the step that follows; null ends the run.</summary>
    public string? Next { get; init; }

    /// <inheritdoc/>
    internal override ValueList<string?> Links => [Next];
}
