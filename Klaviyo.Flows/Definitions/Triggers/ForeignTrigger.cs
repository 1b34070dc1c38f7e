namespace Klaviyo;

/// <summary>A trigger of Klaviyo's that has no meaning here: kept so that a definition is written as it was read.</summary>
/// <remarks>A flow with one is refused, by its name and place, when it is defined to run.</remarks>
/// <threadsafety>Immutable.</threadsafety>
public sealed record ForeignTrigger : FlowTrigger
{
    /// <summary>Creates a trigger.</summary>
    /// <param name="type">Its type in JSON.</param>
    /// <param name="json">All of it, as it was written.</param>
    public ForeignTrigger(string type, string json)
    {
        Type = type;
        Json = json;
    }

    /// <inheritdoc/>
    public override string Type { get; }

    /// <summary>Gets all of it, as it was written.</summary>
    public string Json { get; }
}
