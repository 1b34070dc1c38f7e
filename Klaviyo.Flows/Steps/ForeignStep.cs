namespace Klaviyo;

/// <summary>An action of Klaviyo's that has no meaning here: kept so that a definition is written as it was read.</summary>
/// <remarks>A flow with one is refused, by its name and place, when it is defined to run; so no run stands on it.</remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ForeignStep : LinearStep
{
    /// <summary>Creates a step.</summary>
    /// <param name="type">Its type in JSON.</param>
    /// <param name="json">Its data, as it was written.</param>
    public ForeignStep(string type, string json)
    {
        Type = type;
        Json = json;
    }

    /// <inheritdoc/>
    public override string Type { get; }

    /// <summary>Gets its data, as it was written.</summary>
    public string Json { get; }

    /// <inheritdoc/>
    internal override Decision Decide(in StepContext context) =>
        throw new InvalidOperationException($"The action '{Type}' has no meaning here.");
}
