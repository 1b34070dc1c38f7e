namespace Klaviyo.Json;

/// <summary>What a definition may need beside its text, given by the host when the definition is read.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed record DefinitionEnvironment
{
    /// <summary>Gets the environment of hosts that give nothing.</summary>
    public static DefinitionEnvironment Empty { get; } = new();

    /// <summary>Gets where postal codes are, for conditions on the distance from one.</summary>
    /// <value>Null knows none: such conditions are accepted and hold for nobody.</value>
    public IPostalCodes? PostalCodes { get; init; }
}
