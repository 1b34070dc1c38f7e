using Klaviyo.Flows.Interpreter;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Simulation;

/// <summary>What a simulated run may look at: the store, with the simulation's own writes laid over.</summary>
/// <param name="flow">The name of the flow: what it really sent in the span is not there, because it sends anew.</param>
/// <param name="span">The span.</param>
/// <param name="policy">How often and when people may be written to.</param>
/// <threadsafety>Under the gate of the lane.</threadsafety>
internal sealed class SimulatedFacts(string flow, TimeRange span, SendPolicy policy) : IFlowFacts
{
    private readonly List<(string Channel, Instant At)> _sent = [];
    private readonly OverlayHistory _overlay = new(flow, span);
    private bool _hasSent;
    private ILaneScope _scope = null!;
    private int _ordinal;
    private EventId? _cause;
    private TriggerEvent? _trigger;

    /// <inheritdoc/>
    public ProfileHistory History => _overlay.IsEmpty && !_hasSent ? _scope.History(_ordinal) : _overlay;

    /// <inheritdoc/>
    public AccountZone Zone => _scope.Zone;

    /// <inheritdoc/>
    public Instant? LastEntry { get; internal set; }

    /// <inheritdoc/>
    public bool IsKeyInUse { get; internal set; }

    /// <inheritdoc/>
    public string? TurnIn { get; internal set; }

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

    /// <inheritdoc/>
    public PropertyMap? Object(string type, string key, Instant at) => _scope.ObjectOf(type, key, at);

    /// <inheritdoc/>
    public SendPolicy Policy => policy;

    /// <inheritdoc/>
    public void AddSent(string channel, Instant after, Instant at, List<Instant> sent)
    {
        if (MessageEvents.Received(channel) is { } metric && after < at)
        {
            foreach (ref readonly var row in _overlay.StoredEvents(metric, new TimeRange(after.PlusMs(1), at)))
            {
                sent.Add(row.Time);
            }
        }

        sent.AddRange(_sent.Where(s => s.Channel == channel && s.At > after && s.At <= at).Select(s => s.At));
    }

    /// <summary>Notes a message, which counts at once; its event comes when it is delivered.</summary>
    internal void Send(string channel, Instant at) => _sent.Add((channel, at));

    /// <summary>Turns to a profile.</summary>
    internal void Turn(ILaneScope scope, int ordinal)
    {
        (_scope, _ordinal) = (scope, ordinal);
        LastEntry = null;
        _overlay.Turn(scope, ordinal);
        _sent.Clear();
        _hasSent = _overlay.HasOwn();
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

    /// <summary>Gets the events of a metric in the span that the store has, but for what the flow itself really sent.</summary>
    internal EventRow[] Stored(string metric) => _overlay.StoredEvents(metric, span).ToArray();

    /// <summary>Lays a write over.</summary>
    /// <returns>The id of an event, known to this simulation only; null for other writes.</returns>
    internal EventId? Write(CustomerWrite write) => _overlay.Write(write);
}
