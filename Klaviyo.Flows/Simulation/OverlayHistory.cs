using Klaviyo.Storage.Lanes;

namespace Klaviyo.Flows.Simulation;

/// <summary>A history with the writes of a simulation laid over: nothing of them reaches the store.</summary>
/// <remarks>A write of the simulation comes after what the store has at the same instant, as it would have.</remarks>
/// <param name="flow">The name of the simulated flow: its own deliveries in the span are not shown.</param>
/// <param name="span">The span of the simulation.</param>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class OverlayHistory(string flow, TimeRange span) : ProfileHistory
{
    private readonly Dictionary<string, List<PropertyWrite>> _properties = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<(Instant Time, bool Member)>> _lists = new(StringComparer.Ordinal);

    private readonly List<TriggerEvent> _events = [];
    private readonly NestedAnswers _nested = new();
    private ILaneScope _scope = null!;
    private int _ordinal;

    /// <inheritdoc/>
    public override ProfileId Id => Stored.Id;

    /// <inheritdoc/>
    public override Instant Created => Stored.Created;

    // Valid until the next question, so it is asked for each time anew.
    private ProfileHistory Stored => _scope.History(_ordinal);

    /// <summary>Gets whether anything was written.</summary>
    internal bool IsEmpty => _properties.Count == 0 && _lists.Count == 0 && _events.Count == 0;

    /// <summary>Gets the properties that were written.</summary>
    internal IEnumerable<string> PropertyNames => _properties.Keys;

    /// <inheritdoc/>
    public override PropertyValue Property(string name, Instant at)
    {
        if (!_properties.ContainsKey(name))
        {
            return Stored.Property(name, at);
        }

        var value = PropertyValue.Null;
        foreach (var write in PropertyWrites(name))
        {
            if (write.Time > at)
            {
                break;
            }

            value = write.Value;
        }

        return value;
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<PropertyWrite> PropertyWrites(string name)
    {
        var writes = Stored.PropertyWrites(name);
        return _properties.TryGetValue(name, out var own)
            ? writes.ToArray().Concat(own).OrderBy(w => w.Time).ToArray()
            : writes;
    }

    /// <inheritdoc/>
    public override ReadOnlySpan<EventRow> Events(string metric, TimeRange range)
    {
        var rows = StoredEvents(metric, range);
        return _events.Exists(e => e.Metric == metric)
            ? rows.ToArray()
                .Concat(_events.Where(e => e.Metric == metric && range.Contains(e.Row.Time)).Select(e => e.Row))
                .OrderBy(r => r.Time).ToArray()
            : rows;
    }

    /// <inheritdoc/>
    public override PropertyValue EventProperty(EventId id, string name) =>
        OwnEvent(id) is { } own ? own.Properties[name] : Stored.EventProperty(id, name);

    /// <summary>Gets an event of the simulation; null for one of the store.</summary>
    internal TriggerEvent? OwnEvent(EventId id) => id.Value < 0 ? _events[(int)(-1 - id.Value)] : null;

    /// <inheritdoc/>
    public override Instant? MemberSince(string group, Instant at) => MemberSince(group, ContextAt(at));

    /// <inheritdoc/>
    public override Instant? MemberSince(string group, in EvaluationContext context)
    {
        if (_scope.Segment(group) is { } segment)
        {
            return Ask(NestedKind.Since, context, group, segment);
        }

        var at = context.At;
        if (!_lists.ContainsKey(group))
        {
            return Stored.MemberSince(group, at);
        }

        Instant? since = null;
        foreach (var (time, member) in Changes(group).Where(c => c.Time <= at))
        {
            since = member ? since ?? time : null;
        }

        return since;
    }

    /// <inheritdoc/>
    public override bool IsMember(string group, Instant at)
    {
        return _scope.Segment(group) is { } segment
            ? Ask(NestedKind.Holds, ContextAt(at), group, segment) is not null
            : _lists.ContainsKey(group) ? MemberSince(group, at) is not null
            : Stored.IsMember(group, at);
    }

    /// <inheritdoc/>
    public override Instant? MembershipBoundary(string group, Instant at) => MembershipBoundary(group, ContextAt(at));

    /// <inheritdoc/>
    public override Instant? MembershipBoundary(string group, in EvaluationContext context)
    {
        if (_scope.Segment(group) is { } segment)
        {
            return Ask(NestedKind.Boundary, context, group, segment);
        }

        var at = context.At;
        return _lists.ContainsKey(group)
            ? Changes(group).Select(c => (Instant?)c.Time).FirstOrDefault(t => t > at)
            : Stored.MembershipBoundary(group, at);
    }

    /// <inheritdoc/>
    public override Consent? Consent(string channel, Instant at) => Stored.Consent(channel, at);

    /// <inheritdoc/>
    public override IReadOnlyList<Consent> Consents(string channel, Instant at) => Stored.Consents(channel, at);

    /// <inheritdoc/>
    public override Instant? ConsentBoundary(string channel, Instant at) => Stored.ConsentBoundary(channel, at);

    /// <inheritdoc/>
    public override IReadOnlyList<Relation> Relations(string objectType) => Stored.Relations(objectType);

    /// <inheritdoc/>
    public override ProfileHistory? Related(ProfileId id) => Stored.Related(id);

    /// <summary>Tells whether the flow itself really sent something in the span.</summary>
    internal bool HasOwn()
    {
        foreach (var channel in MessageChannels.OfPeople)
        {
            var metric = MessageEvents.Received(channel)!;
            if (Stored.Events(metric, span).Length != StoredEvents(metric, span).Length)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Gets the stored events but for what the flow itself really sent in the span.</summary>
    internal ReadOnlySpan<EventRow> StoredEvents(string metric, TimeRange range)
    {
        var rows = Stored.Events(metric, range);
        if (rows.Length == 0 || !metric.StartsWith("Received ", StringComparison.Ordinal))
        {
            return rows;
        }

        return Array.FindAll(rows.ToArray(), row => !IsOwn(row));
    }

    /// <summary>Lays a write over.</summary>
    /// <returns>The id of an event, known here only; null for other writes.</returns>
    internal EventId? Write(CustomerWrite write)
    {
        var time = write.Time!.Value;
        switch (write)
        {
            case ProfileWrite properties:
                foreach (var (name, value) in properties.Properties.AsSpan())
                {
                    Of(_properties, name).Add(new PropertyWrite(time, value));
                }

                break;
            case ListWrite list:
                Of(_lists, list.List).Add((time, list.Member));
                break;
            case CustomerEvent happened:
                var id = new EventId(-1 - _events.Count);
                var row = new EventRow(time, happened.Value ?? double.NaN, id);
                _events.Add(new TriggerEvent(happened.Metric, row, happened.Properties));
                return id;
            default:
                throw new InvalidOperationException($"A flow does not write a {write.GetType().Name}.");
        }

        return null;
    }

    /// <summary>Turns to a profile; all writes are taken back.</summary>
    internal void Turn(ILaneScope scope, int ordinal)
    {
        (_scope, _ordinal) = (scope, ordinal);
        _properties.Clear();
        _lists.Clear();
        _events.Clear();
    }

    private EvaluationContext ContextAt(Instant at) => new(this, at, _scope.Zone);

    // Of a segment the rule is asked, over what the simulation has written and without what the flow really sent.
    private Instant? Ask(NestedKind kind, in EvaluationContext context, string name, SegmentDefinition segment) =>
        _nested.Ask(this, context, kind, name, segment, Instant.MinValue);

    private bool IsOwn(in EventRow row)
    {
        return row.Time >= span.First
            && Stored.EventProperty(row.Id, MessageEvents.Flow) is { Kind: PropertyKind.String } sender
            && sender.AsString() == flow;
    }

    private static List<T> Of<T>(Dictionary<string, List<T>> lists, string name)
    {
        if (!lists.TryGetValue(name, out var list))
        {
            lists[name] = list = [];
        }

        return list;
    }

    private IEnumerable<(Instant Time, bool Member)> Changes(string group)
    {
        var changes = new List<(Instant Time, bool Member)>();
        var wasMember = false;
        for (var at = Stored.MembershipBoundary(group, Instant.MinValue); at is { } time;
            at = Stored.MembershipBoundary(group, time))
        {
            // Who was taken off and put on again within the millisecond is a member since then.
            var since = Stored.MemberSince(group, time);
            if (wasMember && since == time)
            {
                changes.Add((time, false));
            }

            wasMember = since is not null;
            changes.Add((time, wasMember));
        }

        return changes.Concat(_lists[group]).OrderBy(c => c.Time);
    }
}
