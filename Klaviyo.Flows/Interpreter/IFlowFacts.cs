namespace Klaviyo;

/// <summary>What is known of the profile of a run, and of the event that started it.</summary>
/// <remarks>The store gives it over its index, a simulation with its own writes laid over.</remarks>
internal interface IFlowFacts
{
    /// <summary>Gets the history of the profile. Ask each time: it is valid until the next call on these facts.</summary>
    ProfileHistory History { get; }

    /// <summary>Gets the account's zone.</summary>
    AccountZone Zone { get; }

    /// <summary>Gets the event that started the run; null where none did.</summary>
    TriggerEvent? Trigger { get; }

    /// <summary>Gets when the profile last entered the flow, where the run has a key with that key; null if never.</summary>
    Instant? LastEntry { get; }

    /// <summary>Gets whether another run of the flow has the key of the run and is under way.</summary>
    bool IsKeyInUse { get; }

    /// <summary>Gets an identifier of the profile; null where it has none of the kind.</summary>
    string? Address(IdentifierKind kind);

    /// <summary>Gets all properties at an instant, for templates.</summary>
    PropertyMap Properties(Instant at);
}
