using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Interpreter;

/// <summary>What the store knows of the profile of a run. One object serves all runs, one after the other.</summary>
/// <threadsafety>Under the gate of the lane.</threadsafety>
internal sealed class LaneFacts : IFlowFacts
{
    private ILaneScope _scope = null!;
    private int _ordinal;
    private EventId? _cause;
    private TriggerEvent? _trigger;

    /// <inheritdoc/>
    public ProfileHistory History => _scope.History(_ordinal);

    /// <inheritdoc/>
    public AccountZone Zone => _scope.Zone;

    /// <inheritdoc/>
    public Instant? LastEntry { get; private set; }

    /// <inheritdoc/>
    public bool IsKeyInUse { get; private set; }

    /// <inheritdoc/>
    public TriggerEvent? Trigger => _trigger ??= _cause is { } id ? TriggerOf(_scope.ReadEvent(id)) : null;

    /// <inheritdoc/>
    public string? Address(IdentifierKind kind) => _scope.IdentifierOf(_ordinal, kind);

    /// <inheritdoc/>
    public PropertyMap Properties(Instant at) => _scope.PropertiesOf(_ordinal, at);

    /// <summary>Turns to a run.</summary>
    internal void Turn(ILaneScope scope, int ordinal, EventId? cause, Instant? lastEntry, bool isKeyInUse = false)
    {
        (_scope, _ordinal, _cause, _trigger) = (scope, ordinal, cause, null);
        (LastEntry, IsKeyInUse) = (lastEntry, isKeyInUse);
    }

    /// <summary>Makes the trigger of a stored event.</summary>
    internal static TriggerEvent TriggerOf(StoredEvent stored)
    {
        var row = new EventRow(stored.Time, stored.Value ?? double.NaN, stored.Id);
        return new TriggerEvent(stored.Metric, row, stored.Properties);
    }
}
