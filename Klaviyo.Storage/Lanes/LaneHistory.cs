using System.Diagnostics;
using Klaviyo.Storage.Chunks;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

/// <summary>The history of one profile over the index, with all that was merged into it.</summary>
/// <remarks>
/// <para>One object serves any number of profiles, one after the other: <see cref="Of"/> turns it to the next.</para>
/// <para>Merged profiles: their events are one timeline; their properties follow the rank of a value. A value has one
/// rank for each merge that came after it was written, on its way to the root. The lowest rank wins, within a rank the
/// latest time: so the destination's own values win, the sources fill gaps, and what was written after the merge,
/// through whichever identifier, is a write like any other.</para>
/// </remarks>
/// <threadsafety>One caller at a time, who holds the gates of all lanes that the profile has a part in.</threadsafety>
internal sealed class LaneHistory(StoreState state, IReadOnlyList<LaneLog> logs) : ProfileHistory
{
    private readonly List<Part> _parts = [];
    private readonly int[] _metrics = new int[logs.Count];
    private EventRow[] _rows = new EventRow[64];
    private PropertyWrite[] _writes = new PropertyWrite[16];
    private byte[] _record = new byte[512];
    private EventId _recordId = new(-1);
    private ReadOnlyMemory<byte> _payload;
    private Profile _root = null!;
    private bool _exists;
    private int _nesting;

    public override ProfileId Id => _root.Id;

    /// <summary>Gets the columns in which properties of events are looked up before the log; null for none.</summary>
    internal PropertyCursor? Columns { get; init; }

    /// <summary>Gets the profile that answers.</summary>
    internal Profile Root => _root;

    public override Instant Created
    {
        get
        {
            var earliest = long.MaxValue;
            foreach (var part in _parts)
            {
                earliest = Math.Min(earliest, part.Profile.CreatedMs);
            }

            return _exists ? Instant.FromUnixMs(earliest) : Instant.MaxValue;
        }
    }

    /// <summary>Turns to a profile, or rather to the one that it was merged into.</summary>
    internal LaneHistory Of(Profile profile)
    {
        _root = profile.Root;
        _parts.Clear();
        AddParts(_root, []);
        _exists = _parts.Exists(p => p.Profile.CreatedMs != long.MaxValue);
        return this;
    }

    public override PropertyValue Property(string name, Instant at)
    {
        if (name == "id")
        {
            return Id.ToString();
        }

        var best = new Candidate(int.MaxValue, default);
        foreach (var part in _parts)
        {
            if (!state.Lanes[part.Profile.Lane].Names.TryGetCode(name, out var code))
            {
                continue;
            }

            foreach (ref readonly var entry in part.Profile.Properties.Of(code))
            {
                if (entry.TimeMs > at.UnixMs)
                {
                    break;
                }

                var candidate = new Candidate(part.RankOf(entry.Address), entry);
                best = candidate.Beats(best) ? candidate : best;
            }
        }

        return best.Entry.Value;
    }

    public override ReadOnlySpan<PropertyWrite> PropertyWrites(string name)
    {
        var count = 0;
        foreach (var part in _parts)
        {
            if (state.Lanes[part.Profile.Lane].Names.TryGetCode(name, out var code))
            {
                foreach (ref readonly var entry in part.Profile.Properties.Of(code))
                {
                    Room(ref _writes, count);
                    _writes[count++] = new PropertyWrite(Instant.FromUnixMs(entry.TimeMs), entry.Value);
                }
            }
        }

        return _parts.Count == 1 ? _writes.AsSpan(0, count) : Effective(name, count);
    }

    public override ReadOnlySpan<EventRow> Events(string metric, TimeRange range)
    {
        var count = 0;
        foreach (var part in _parts)
        {
            var lane = state.Lanes[part.Profile.Lane];
            if (lane.Names.TryGetCode(metric, out var code))
            {
                count = Collect(part.Profile, code, range, count);
            }
        }

        var rows = _rows.AsSpan(0, count);
        if (_parts.Count > 1)
        {
            rows.Sort(static (a, b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Id.Value.CompareTo(b.Id.Value));
        }

        return rows;
    }

    public override PropertyValue EventProperty(EventId id, string name)
    {
        var names = state.Lanes[StoreState.LaneOf(id)].Names;
        if (TryReadColumn(id, name, names, out var value))
        {
            return value;
        }

        return names.TryGetCode(name, out var code)
            ? EventRecord.ReadProperty(Payload(id), code, names)
            : PropertyValue.Null;
    }

    public override Instant? MemberSince(string group, Instant at)
    {
        if (state.Definitions.Segment(group) is { } segment)
        {
            return HoldsNested(group, segment, at) ? at : null;
        }

        Instant? since = null;
        foreach (var entry in InOrder(group, p => p.Lists, e => (e.List, e.TimeMs, e.Address)))
        {
            if (entry.TimeMs <= at.UnixMs)
            {
                // Being put on a list again does not change since when one is on it.
                since = entry.Member ? since ?? Instant.FromUnixMs(entry.TimeMs) : null;
            }
        }

        return since;
    }

    public override Instant? MembershipBoundary(string group, Instant at)
    {
        if (state.Definitions.Segment(group) is { } segment)
        {
            return NextFlipNested(group, segment, at);
        }

        foreach (var entry in InOrder(group, p => p.Lists, e => (e.List, e.TimeMs, e.Address)))
        {
            if (entry.TimeMs > at.UnixMs)
            {
                return Instant.FromUnixMs(entry.TimeMs);
            }
        }

        return null;
    }

    public override Consent? Consent(string channel, Instant at)
    {
        Consent? last = null;
        foreach (var entry in InOrder(channel, p => p.Consents, e => (e.Channel, e.TimeMs, e.Address)))
        {
            if (entry.TimeMs <= at.UnixMs)
            {
                last = new Consent(channel, entry.Status, Instant.FromUnixMs(entry.TimeMs), entry.Method);
            }
        }

        return last;
    }

    public override Instant? ConsentBoundary(string channel, Instant at)
    {
        foreach (var entry in InOrder(channel, p => p.Consents, e => (e.Channel, e.TimeMs, e.Address)))
        {
            if (entry.TimeMs > at.UnixMs)
            {
                return Instant.FromUnixMs(entry.TimeMs);
            }
        }

        return null;
    }

    /// <summary>Reads a whole event.</summary>
    internal StoredEvent Event(EventId id) =>
        EventRecord.ReadAll(Payload(id), id, state.Lanes[StoreState.LaneOf(id)].Names);

    /// <summary>Gets the names of all properties that were ever written.</summary>
    internal IEnumerable<string> PropertyNames()
    {
        return _parts
            .SelectMany(p => p.Profile.Properties.Entries.ToArray().Select(e => state.Lanes[p.Profile.Lane].Names[e.Name]))
            .Distinct(StringComparer.Ordinal);
    }

    /// <summary>Gets every event in a range, of any metric, by time, then arrival.</summary>
    internal ReadOnlySpan<EventRow> AllEvents(TimeRange range)
    {
        var count = _parts.Aggregate(0, (sum, part) => Collect(part.Profile, AnyMetric, range, sum));
        var rows = _rows.AsSpan(0, count);
        if (_parts.Count > 1)
        {
            rows.Sort(static (a, b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Id.Value.CompareTo(b.Id.Value));
        }

        return rows;
    }

    private const int AnyMetric = -1;

    private static void Room<T>(ref T[] array, int count)
    {
        if (count == array.Length)
        {
            Array.Resize(ref array, count * 2);
        }
    }

    /// <summary>Gets the entries of one name over all parts, by (time, arrival).</summary>
    private List<T> InOrder<T>(string name, Func<Profile, List<T>> entries, Func<T, (int Name, long TimeMs, long Address)> key)
    {
        var found = new List<T>();
        foreach (var part in _parts)
        {
            var own = entries(part.Profile);
            if (own.Count > 0 && state.Lanes[part.Profile.Lane].Names.TryGetCode(name, out var code))
            {
                found.AddRange(own.Where(e => key(e).Name == code));
            }
        }

        // One profile's own entries are in order already; those of several are put in order here.
        return _parts.Count == 1 ? found : [.. found.OrderBy(e => key(e).TimeMs).ThenBy(e => key(e).Address)];
    }

    private void AddParts(Profile profile, ReadOnlySpan<long[]> mergesAbove)
    {
        var above = mergesAbove.ToArray();
        _parts.Add(new Part(profile, above));
        foreach (var source in profile.Sources)
        {
            AddParts(source.Profile, [.. above, source.Tails]);
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

        foreach (var part in _parts)
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

    private int Collect(Profile profile, int metric, TimeRange range, int count)
    {
        _metrics[profile.Lane] = metric;
        var (start, end) = profile.Timeline.Range(range);
        var rows = profile.Timeline.Rows;
        for (var i = start; i < end; i++)
        {
            if (metric == AnyMetric || rows.Metric(i) == metric)
            {
                Room(ref _rows, count);
                var id = StoreState.EventIdOf(profile.Lane, rows.Address(i));
                _rows[count++] = new EventRow(Instant.FromUnixMs(rows.TimeMs(i)), rows.Value(i), id);
            }
        }

        return count;
    }

    // The values of a merged profile, as they were seen one after the other.
    private ReadOnlySpan<PropertyWrite> Effective(string name, int count)
    {
        var times = _writes.AsSpan(0, count).ToArray().Select(w => w.Time).Distinct().Order().ToArray();
        for (var i = 0; i < times.Length; i++)
        {
            _writes[i] = new PropertyWrite(times[i], Property(name, times[i]));
        }

        return _writes.AsSpan(0, times.Length);
    }

    private bool HoldsNested(string name, SegmentDefinition segment, Instant at)
    {
        using var nested = new Nesting(this, name);
        return segment.Holds(new EvaluationContext(this, at, state.Zone));
    }

    private Instant? NextFlipNested(string name, SegmentDefinition segment, Instant at)
    {
        using var nested = new Nesting(this, name);
        return segment.NextFlip(new EvaluationContext(this, at, state.Zone));
    }

    private ReadOnlyMemory<byte> Payload(EventId id)
    {
        // A filter on three properties asks for the same event three times.
        if (_recordId != id)
        {
            var read = logs[StoreState.LaneOf(id)].Read(StoreState.AddressOf(id), ref _record);
            Debug.Assert(read.Kind == (byte)RecordKind.Event, "An event id names an event.");
            (_payload, _recordId) = (read.Payload, id);
        }

        return _payload;
    }

    /// <summary>A profile of the tree, with the log tails at every merge between it and the root.</summary>
    private readonly record struct Part(Profile Profile, long[][] MergesAbove)
    {
        /// <summary>Counts the merges that came after a record.</summary>
        internal int RankOf(long address)
        {
            var rank = 0;
            foreach (var tails in MergesAbove)
            {
                rank += address < tails[Profile.Lane] ? 1 : 0;
            }

            return rank;
        }
    }

    private readonly record struct Candidate(int Rank, PropertyEntry Entry)
    {
        internal bool Beats(in Candidate other)
        {
            return Rank != other.Rank ? Rank < other.Rank
                : Entry.TimeMs != other.Entry.TimeMs ? Entry.TimeMs > other.Entry.TimeMs
                : Entry.Address >= other.Entry.Address;
        }
    }

    /// <summary>Segments may ask for segments; definitions that go in circles are refused, so this is a safety net.</summary>
    private readonly struct Nesting : IDisposable
    {
        private const int NestingMax = 32;
        private readonly LaneHistory _history;

        internal Nesting(LaneHistory history, string name)
        {
            _history = history;
            if (++history._nesting > NestingMax)
            {
                history._nesting = 0;
                throw new DefinitionException("$", $"The segment '{name}' refers to itself through other segments.");
            }
        }

        public void Dispose() => _history._nesting = Math.Max(0, _history._nesting - 1);
    }
}
