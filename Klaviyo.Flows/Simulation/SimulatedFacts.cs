using Klaviyo.Flows.Interpreter;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Simulation;

/// <summary>What a simulated run may look at: the store, with the simulation's own writes laid over.</summary>
/// <threadsafety>Under the gate of the lane.</threadsafety>
internal sealed class SimulatedFacts : IFlowFacts
{
    private readonly OverlayHistory _overlay;
    private ILaneScope _scope = null!;
    private int _ordinal;
    private EventId? _cause;
    private TriggerEvent? _trigger;

    internal SimulatedFacts() => _overlay = new OverlayHistory(() => _scope.History(_ordinal));

    /// <inheritdoc/>
    public ProfileHistory History => _overlay.IsEmpty ? _scope.History(_ordinal) : _overlay;

    /// <inheritdoc/>
    public AccountZone Zone => _scope.Zone;

    /// <inheritdoc/>
    public Instant? LastEntry { get; internal set; }

    /// <inheritdoc/>
    public bool IsKeyInUse { get; internal set; }

    /// <inheritdoc/>
    public TriggerEvent? Trigger => _trigger ??= _cause is { } id ? TriggerOf(id) : null;

    /// <inheritdoc/>
    public string? Address(IdentifierKind kind) => _scope.IdentifierOf(_ordinal, kind);

    /// <inheritdoc/>
    public PropertyMap Properties(Instant at)
    {
        var properties = _scope.PropertiesOf(_ordinal, at);
        foreach (var name in _overlay.PropertyNames)
        {
            properties[name] = _overlay.Property(name, at);
        }

        return properties;
    }

    /// <summary>Turns to a profile.</summary>
    internal void Turn(ILaneScope scope, int ordinal)
    {
        (_scope, _ordinal) = (scope, ordinal);
        LastEntry = null;
        _overlay.Clear();
    }

    /// <summary>Turns to a run of the profile.</summary>
    internal void Turn(EventId? cause)
    {
        if (_cause != cause)
        {
            (_cause, _trigger) = (cause, null);
        }
    }

    /// <summary>Gets an event of the store or of the simulation.</summary>
    internal TriggerEvent TriggerOf(EventId id) => _overlay.OwnEvent(id) ?? LaneFacts.TriggerOf(_scope.ReadEvent(id));

    /// <summary>Lays a write over.</summary>
    /// <returns>The id of an event, known to this simulation only; null for other writes.</returns>
    internal EventId? Write(CustomerWrite write) => _overlay.Write(write);
}
