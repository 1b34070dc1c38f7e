using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Interpreter;

/// <summary>What the store knows of the profile of a run. One object serves all runs, one after the other.</summary>
/// <param name="policy">How often and when people may be written to.</param>
/// <param name="pending">Adds when messages that have no result yet were sent to a profile on a channel.</param>
/// <threadsafety>Under the gate of the lane.</threadsafety>
internal sealed class LaneFacts(SendPolicy policy, Action<int, string, List<Instant>> pending) : IFlowFacts
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
    public string? TurnIn { get; internal set; }

    /// <inheritdoc/>
    public TriggerEvent? Trigger => _trigger ??= _cause is { } id ? TriggerOf(_scope.ReadEvent(id)) : null;

    /// <inheritdoc/>
    public string? Address(IdentifierKind kind) => _scope.IdentifierOf(_ordinal, kind);

    /// <inheritdoc/>
    public PropertyMap Properties(Instant at) => _scope.PropertiesOf(_ordinal, at);

    /// <inheritdoc/>
    public PropertyMap? Object(string type, string key, Instant at) => _scope.ObjectOf(type, key, at);

    /// <inheritdoc/>
    public int VariableBytesMax => Math.Min(IFlowFacts.VariableBytes, _scope.RecordBytesMax / 2);

    /// <inheritdoc/>
    public Rejection? Refusal(CustomerWrite write) => _scope.Refusal(write);

    /// <inheritdoc/>
    public SendPolicy Policy => policy;

    /// <inheritdoc/>
    public void AddSent(string channel, Instant after, Instant at, List<Instant> sent)
    {
        if (MessageEvents.Received(channel) is { } metric && after < at)
        {
            foreach (ref readonly var row in History.Events(metric, new TimeRange(after.PlusMs(1), at)))
            {
                sent.Add(row.Time);
            }
        }

        var first = sent.Count;
        pending(_ordinal, channel, sent);
        for (var i = sent.Count - 1; i >= first; i--)
        {
            if (sent[i] <= after || sent[i] > at)
            {
                sent.RemoveAt(i);
            }
        }
    }

    /// <summary>Turns to a run.</summary>
    internal void Turn(ILaneScope scope, int ordinal, EventId? cause, Instant? lastEntry, bool isKeyInUse = false)
    {
        (_scope, _ordinal, _cause, _trigger) = (scope, ordinal, cause, null);
        (LastEntry, IsKeyInUse, TurnIn) = (lastEntry, isKeyInUse, null);
    }

    /// <summary>Makes the facts of a run that an event with these properties would have started.</summary>
    internal static LaneFacts Of(ILaneScope scope, int ordinal, PropertyMap happened)
    {
        var facts = new LaneFacts(SendPolicy.None, (_, _, _) => { });
        facts.Turn(scope, ordinal, null, null);
        facts._trigger = new TriggerEvent("", default, happened);
        return facts;
    }

    /// <summary>Makes the trigger of a stored event.</summary>
    internal static TriggerEvent TriggerOf(StoredEvent stored)
    {
        var row = new EventRow(stored.Time, stored.Value ?? double.NaN, stored.Id);
        return new TriggerEvent(stored.Metric, row, stored.Properties);
    }
}
