using Klaviyo.Storage.Chunks;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

/// <summary>The history of one profile over the index, with all that was merged into it.</summary>
/// <remarks>
/// <para>One object serves any number of profiles, one after the other: <see cref="Of"/> turns it to the next.</para>
/// <para>Of merged profiles the events are one timeline; what counts of their properties, <see cref="RankedProperties"/> tells.</para>
/// </remarks>
/// <threadsafety>One caller at a time, who holds the gates of all lanes that the profile has a part in.</threadsafety>
internal sealed class LaneHistory(StoreState state, IReadOnlyList<LaneLog> logs) : ProfileHistory
{
    private const int ExplainedMax = 3;
    private readonly ProfileParts _parts = new(state);
    private readonly RankedProperties _properties = new(state);
    private readonly GroupFacts _groups = new(state);
    private readonly EventReader[] _readers = [.. logs.Select(log => new EventReader(log, state.Lanes[log.Lane].Names))];
    private readonly int[] _metrics = new int[logs.Count];
    private readonly NestedAnswers _nested = new();
    private EventRow[] _rows = new EventRow[64];
    private LaneHistory? _related;
    private bool _exists;
    private int _explained;

    public override ProfileId Id => _parts.Root.Id;

    /// <summary>Gets the columns in which properties of events are looked up before the log; null for none.</summary>
    internal PropertyCursor? Columns { get; init; }

    /// <summary>Gets the profile that answers.</summary>
    internal ProfileKey Root => _parts.Root;

    public override Instant Created
    {
        get
        {
            var earliest = long.MaxValue;
            foreach (var part in _parts.All)
            {
                earliest = Math.Min(earliest, state.Slot(part.Profile).CreatedMs);
            }

            return _exists ? Instant.FromUnixMs(earliest) : Instant.MaxValue;
        }
    }

    /// <summary>Turns to a profile, or rather to the one that it was merged into.</summary>
    internal LaneHistory Of(ProfileKey profile)
    {
        _parts.Of(profile);
        _exists = false;
        foreach (var part in _parts.All)
        {
            _exists |= state.Slot(part.Profile).CreatedMs != long.MaxValue;
        }

        return this;
    }

    public override PropertyValue Property(string name, Instant at) => name == "id" ? Id.ToString() : _properties.At(_parts, name, at);

    public override ReadOnlySpan<PropertyWrite> PropertyWrites(string name) => _properties.Writes(_parts, name);

    /// <summary>Gets what <see cref="Property"/> gives at each instant for which the property was written, by time, in one walk.</summary>
    /// <returns>Valid until the next call on this history.</returns>
    internal ReadOnlySpan<PropertyWrite> PropertySeen(string name)
    {
        var seen = _properties.Seen(_parts, name);
        for (var i = 0; name == "id" && i < seen.Length; i++)
        {
            seen[i] = seen[i] with { Value = Id.ToString() };
        }

        return seen;
    }

    public override ReadOnlySpan<EventRow> Events(string metric, TimeRange range)
    {
        var count = 0;
        foreach (var part in _parts.All)
        {
            var lane = state.Lanes[part.Profile.Lane];
            if (lane.Names.TryGetCode(metric, out var code))
            {
                count = Collect(lane, part.Profile.Ordinal, code, range, count);
            }
        }

        var rows = _rows.AsSpan(0, count);
        if (_parts.Count > 1)
        {
            rows.Sort(static (a, b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Id.Value.CompareTo(b.Id.Value));
        }

        return rows;
    }

    /// <summary>Finds all events of a metric, with their values where these are wanted.</summary>
    internal void Find(string metric, MetricEvents events, bool withValues)
    {
        var lane = state.Lanes[_parts.Root.Lane];
        if (_parts.Count > 1)
        {
            events.Turn(Events(metric, TimeRange.All));
        }
        else if (lane.Names.TryGetCode(metric, out var code))
        {
            ref var timeline = ref lane.Profiles.Rows(_parts.Root.Ordinal);
            events.Turn(timeline.Rows, timeline.Count, code, withValues);
        }
        else
        {
            events.Clear();
        }
    }

    public override AggregateSummary Summary(string metric, TimeRange range)
    {
        // The order in which doubles are added shows in the last digit, so the events of several parts are put in order first.
        if (_parts.Count > 1)
        {
            return base.Summary(metric, range);
        }

        var lane = state.Lanes[_parts.Root.Lane];
        var summary = new RunningSummary();
        if (lane.Names.TryGetCode(metric, out var code))
        {
            lane.Profiles.Rows(_parts.Root.Ordinal).AddTo(ref summary, code, range);
        }

        return summary.Summary;
    }

    public override PropertyValue EventProperty(EventId id, string name)
    {
        var names = state.Lanes[StoreState.LaneOf(id)].Names;
        if (TryReadColumn(id, name, names, out var value))
        {
            return value;
        }

        return _readers[StoreState.LaneOf(id)].PropertyUnderGate(StoreState.AddressOf(id), name);
    }

    public override Instant? MemberSince(string group, Instant at) =>
        MemberSince(group, new EvaluationContext(this, at, state.Zone));

    public override Instant? MemberSince(string group, in EvaluationContext context) => MemberSince(group, context, Instant.MinValue);

    internal override Instant? MemberSince(string group, in EvaluationContext context, Instant horizon)
    {
        return state.Definitions.SegmentAskedFor(group) is { } segment
            ? _nested.Ask(this, context, NestedKind.Since, group, segment, horizon)
            : _groups.MemberSince(_parts, group, context.At);
    }

    public override bool IsMember(string group, Instant at)
    {
        return state.Definitions.SegmentAskedFor(group) is { } segment
            ? _nested.Ask(this, new EvaluationContext(this, at, state.Zone), NestedKind.Holds, group, segment) is not null
            : MemberSince(group, at) is not null;
    }

    public override Instant? MembershipBoundary(string group, Instant at) =>
        MembershipBoundary(group, new EvaluationContext(this, at, state.Zone));

    public override Instant? MembershipBoundary(string group, in EvaluationContext context)
    {
        if (state.Definitions.SegmentAskedFor(group) is { } segment)
        {
            return _nested.Ask(this, context, NestedKind.Boundary, group, segment);
        }

        return _groups.NextAfter(_parts, group, FactKind.List, context.At);
    }

    internal override Explanation? ExplainMembership(string group, in EvaluationContext context)
    {
        if (_explained == ExplainedMax || state.Definitions.SegmentAskedFor(group) is not { } segment)
        {
            return null;
        }

        _explained++;
        try
        {
            return segment.ExplainNow(new EvaluationContext(this, context.At, context.Zone));
        }
        finally
        {
            _explained--;
        }
    }

    public override Consent? Consent(string channel, Instant at) => _groups.Consent(_parts, channel, at);

    public override IReadOnlyList<Consent> Consents(string channel, Instant at) => _groups.Consents(_parts, channel, at);

    /// <summary>Gets every write to a list membership up to an instant.</summary>
    internal List<ListChange> ListChanges(string list, Instant at) => _groups.ListChanges(_parts, list, at);

    public override Instant? ConsentBoundary(string channel, Instant at) => _groups.NextAfter(_parts, channel, FactKind.Consent, at);

    public override IReadOnlyList<Relation> Relations(string objectType) =>
        [.. ObjectReader.Relations(state, _parts.Root, null, Instant.MaxValue).Where(r => r.Other.Kind.ObjectType == objectType)];

    public override ProfileHistory? Related(ProfileId id) => (_related ??= new LaneHistory(state, logs)).Of(ProfileKey.Of(id));

    /// <summary>Reads a whole event.</summary>
    internal StoredEvent Event(EventId id)
    {
        var (lane, address) = (StoreState.LaneOf(id), StoreState.AddressOf(id));
        return _readers[lane].EventUnderGate(address, id)
            ?? throw logs[lane].Unreadable(address, new InvalidDataException("It was erased."));
    }

    /// <summary>Reads a whole event that may be one of an erased profile: then of it nothing is left but its id.</summary>
    internal StoredEvent EventOrNothing(EventId id)
    {
        var lane = StoreState.LaneOf(id);
        var counts = (int ordinal) => !state.IsErased(new ProfileKey(lane, ordinal));
        return _readers[lane].EventUnderGate(StoreState.AddressOf(id), id, counts)
            ?? new StoredEvent(id, "", Instant.MinValue, Instant.MinValue, null, null, []);
    }

    /// <summary>Counts the events of all parts, and the bytes of their facts: each thing that is written adds to one of them.</summary>
    internal (long Events, long FactBytes) Sizes()
    {
        var (events, bytes) = (0L, 0L);
        foreach (var part in _parts.All)
        {
            var profiles = state.Lanes[part.Profile.Lane].Profiles;
            events += profiles.Rows(part.Profile.Ordinal).Count;
            bytes += profiles.Facts(part.Profile.Ordinal).Bytes;
        }

        return (events, bytes);
    }

    /// <summary>Drops the events that were read last.</summary>
    internal void Forget()
    {
        foreach (var reader in _readers)
        {
            reader.Forget();
        }

        _related?.Forget();
    }

    /// <summary>Gets the names of all properties that were ever written, or lists or channels, by the kind of fact.</summary>
    internal IReadOnlyCollection<string> NamesOf(params ReadOnlySpan<FactKind> kinds)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var part in _parts.All)
        {
            var lane = state.Lanes[part.Profile.Lane];
            foreach (var kind in kinds)
            {
                foreach (var fact in lane.Profiles.Facts(part.Profile.Ordinal).Of(kind))
                {
                    names.Add(lane.Names[fact.Name]);
                }
            }
        }

        return names;
    }

    /// <summary>Gets the names of all metrics that were ever done.</summary>
    internal IReadOnlyCollection<string> Metrics()
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var part in _parts.All)
        {
            var lane = state.Lanes[part.Profile.Lane];
            ref var timeline = ref lane.Profiles.Rows(part.Profile.Ordinal);
            for (var row = 0; row < timeline.Count; row++)
            {
                names.Add(lane.Names[timeline.Rows.Metric(row)]);
            }
        }

        return names;
    }

    /// <summary>Gets every event in a range, of any metric, by time, then arrival.</summary>
    internal ReadOnlySpan<EventRow> AllEvents(TimeRange range)
    {
        var count = 0;
        foreach (var part in _parts.All)
        {
            count = Collect(state.Lanes[part.Profile.Lane], part.Profile.Ordinal, AnyMetric, range, count);
        }

        var rows = _rows.AsSpan(0, count);
        if (_parts.Count > 1)
        {
            rows.Sort(static (a, b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Id.Value.CompareTo(b.Id.Value));
        }

        return rows;
    }

    /// <summary>Gets the first instant after another for which anything was written of the profile; null for none.</summary>
    /// <param name="after">The instant.</param>
    /// <param name="withObjects">Whether what was written of objects that it was ever related to counts; the caller holds every gate then.</param>
    internal Instant? NextWrite(Instant after, bool withObjects)
    {
        var next = long.MaxValue;
        if (after == Instant.MaxValue)
        {
            return null;
        }

        foreach (var part in _parts.All)
        {
            next = Math.Min(next, NextWriteOf(part.Profile, after, isObject: false));
            if (withObjects)
            {
                foreach (var fact in state.Lanes[part.Profile.Lane].Profiles.Facts(part.Profile.Ordinal).Of(FactKind.Relation))
                {
                    next = Math.Min(next, NextWriteOf(state.Merges.Root(fact.Other), after, isObject: true));
                }
            }
        }

        return next == long.MaxValue ? null : Instant.FromUnixMs(next);
    }

    // To whom else an object is related says nothing of this profile.
    private long NextWriteOf(ProfileKey part, Instant after, bool isObject)
    {
        var profiles = state.Lanes[part.Lane].Profiles;
        ref var timeline = ref profiles.Rows(part.Ordinal);
        var (start, end) = timeline.Range(new TimeRange(after.PlusMs(1), Instant.MaxValue));
        var next = start < end ? timeline.Rows.TimeMs(start) : long.MaxValue;
        foreach (var fact in profiles.Facts(part.Ordinal))
        {
            next = fact.TimeMs > after.UnixMs && !(isObject && fact.Kind == FactKind.Relation) ? Math.Min(next, fact.TimeMs) : next;
        }

        return next;
    }

    private const int AnyMetric = -1;

    private static void Room<T>(ref T[] array, int count)
    {
        if (count == array.Length)
        {
            Array.Resize(ref array, count * 2);
        }
    }

    // Columns are found by profile and metric, and the metric is that of the rows that were handed out last.
    private bool TryReadColumn(EventId id, string name, NameTable names, out PropertyValue value)
    {
        value = default;
        var lane = StoreState.LaneOf(id);
        if (Columns is null || _metrics[lane] == AnyMetric)
        {
            return false;
        }

        foreach (var part in _parts.All)
        {
            if (part.Profile.Lane == lane)
            {
                Columns.TurnTo(lane, part.Profile.Ordinal, _metrics[lane]);
                if (Columns.TryRead(StoreState.AddressOf(id).Value, name, names, out value))
                {
                    return true;
                }
            }
        }

        return false;
    }

    private int Collect(LaneState lane, int ordinal, int metric, TimeRange range, int count)
    {
        _metrics[lane.Lane] = metric;
        ref var timeline = ref lane.Profiles.Rows(ordinal);
        var (start, end) = timeline.Range(range);
        var rows = timeline.Rows;
        for (var i = start; i < end; i++)
        {
            if (metric == AnyMetric || rows.Metric(i) == metric)
            {
                Room(ref _rows, count);
                var id = StoreState.EventIdOf(lane.Lane, rows.Address(i));
                _rows[count++] = new EventRow(Instant.FromUnixMs(rows.TimeMs(i)), rows.Value(i), id);
            }
        }

        return count;
    }
}
