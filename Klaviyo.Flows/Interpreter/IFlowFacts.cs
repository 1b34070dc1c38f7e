using Klaviyo.Storage.Import;

namespace Klaviyo;

/// <summary>What is known of the profile of a run, and of the event that started it.</summary>
/// <remarks>The store gives it over its index, a simulation with its own writes laid over.</remarks>
internal interface IFlowFacts
{
    /// <summary>How large the variables of a run can be where a record of the log can be much longer.</summary>
    internal const int VariableBytes = 1 << 20;

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

    /// <summary>Gets the properties of an account or custom object at an instant; null where there is none.</summary>
    PropertyMap? Object(string type, string key, Instant at) => null;

    /// <summary>Gets how large the variables of a run can be.</summary>
    int VariableBytesMax => VariableBytes;

    /// <summary>Tells why the store would refuse something that a step writes; null where it would not.</summary>
    Rejection? Refusal(CustomerWrite write) => EventLimits.Check(write);

    /// <summary>Gets how often and when people may be written to.</summary>
    SendPolicy Policy => SendPolicy.None;

    /// <summary>Gets the line in which it is the turn of the run; null for none.</summary>
    string? TurnIn => null;

    /// <summary>Adds the instants in (after, at] for which messages of all flows were sent on a channel and have not failed.</summary>
    void AddSent(string channel, Instant after, Instant at, List<Instant> sent)
    {
    }
}
