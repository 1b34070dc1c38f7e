using System.Diagnostics;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Live;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

/// <summary>A slice of the store: one gate, one log, the state derived from it.</summary>
/// <remarks>
/// A write under the gate is appended to the log, then applied to the state, then told to the extension. What the
/// extension writes in turn waits until the extension has returned, so it never sees a half-applied fact.
/// </remarks>
/// <threadsafety>Everything but <see cref="Gate"/> needs the gate, and but a look that nobody came into: <see cref="TryLook"/>.</threadsafety>
internal sealed class Lane : ILaneScope
{
    private readonly Queue<(int Ordinal, CustomerWrite Write)> _pending = [];
    private readonly Store _store;
    private readonly LaneHistory _history;
    private readonly EventReader _events;
    private int _waiting;

    // How often who holds the gate has entered it; and whether anybody did since a look began.
    private int _entered;
    private WriteVersion _changes;
    private LogAddress _tailAtEntry;
    private bool _telling;
    private bool _isIdentified;
    private long _notedMs = long.MinValue;

    internal Lane(Store store, LaneLog log, LaneState state, LaneHistory history)
    {
        _store = store;
        _history = history;
        Log = log;
        State = state;
        Records = new RecordWriter(state.Names, AnnounceUnderGate);
        _events = new EventReader(log, state.Names);
        Live = new LiveLane(store, this);
    }

    /// <summary>Gets what keeps the segments of the lane's profiles current.</summary>
    internal LiveLane Live { get; }

    internal System.Threading.Lock Gate { get; } = new();

    /// <inheritdoc/>
    public bool IsWaitedFor => Volatile.Read(ref _waiting) > 0;

    internal LaneLog Log { get; }

    internal LaneState State { get; }

    internal RecordWriter Records { get; }

    internal ILaneExtension? Extension { get; set; }

    /// <summary>Gets how many records were appended since the last checkpoint.</summary>
    internal long SinceCheckpoint { get; set; }

    void ILaneScope.GiveWay() => _store.GiveWay();

    int ILaneScope.Lane => State.Lane;

    Instant ILaneScope.Now => _store.Now;

    AccountZone ILaneScope.Zone => _store.Zone;

    ProfileHistory ILaneScope.History(int ordinal) => _history.Of(KeyOf(ordinal));

    Instant? ILaneScope.NextWrite(int ordinal, Instant after) =>
        _history.Of(KeyOf(ordinal)).NextWrite(after, _store.State.ExtensionReadsObjects);

    SegmentDefinition? ILaneScope.Segment(string name) => _store.State.Definitions.Segment(name);

    ProfileId ILaneScope.IdOf(int ordinal) => RootOf(ordinal).Id;

    string? ILaneScope.IdentifierOf(int ordinal, IdentifierKind kind) =>
        ProfileReader.IdentifierOf(_store.State, RootOf(ordinal), kind);

    PropertyMap ILaneScope.PropertiesOf(int ordinal, Instant at) => ProfileReader.Properties(_history.Of(KeyOf(ordinal)), at);

    PropertyMap? ILaneScope.ObjectOf(string type, string key, Instant at)
    {
        return Identifier.TryCreate(IdentifierKind.Object(type), key, out var name, out _) && _store.State.TryFind(name, out var found)
            ? ObjectReader.Object(_history.Of(found), _store.State, at)?.Properties
            : null;
    }

    StoredEvent ILaneScope.ReadEvent(EventId id) => _history.EventOrNothing(id);

    int ILaneScope.RecordBytesMax => Log.PayloadBytesMax;

    void ILaneScope.Append(ReadOnlySpan<byte> record) => AppendUnderGate(RecordKind.Extension, record);

    Rejection? ILaneScope.Refusal(CustomerWrite write) => _store.RefusalOf(write);

    void ILaneScope.Write(int ordinal, CustomerWrite write)
    {
        _pending.Enqueue((ordinal, write));
        TellUnderGate();
    }

    /// <summary>Enters the gate. Who has to wait is seen to wait.</summary>
    internal void Enter()
    {
        if (!Gate.TryEnter())
        {
            Interlocked.Increment(ref _waiting);
            Gate.Enter();
            Interlocked.Decrement(ref _waiting);
        }

        if (_entered++ == 0)
        {
            _tailAtEntry = Log.Tail;
            _changes.Begin();
        }
    }

    /// <summary>Leaves the gate.</summary>
    internal void Exit()
    {
        if (--_entered == 0)
        {
            _changes.End();
        }

        Gate.Exit();
    }

    /// <summary>Tells whether this thread holds the gate and has appended since it entered.</summary>
    internal bool HasAppended => Gate.IsHeldByCurrentThread && Log.Tail != _tailAtEntry;

    /// <summary>Begins to look at the lane without its gate.</summary>
    /// <returns><see langword="false"/> while somebody holds the gate.</returns>
    internal bool TryLook(out long version) => _changes.TryRead(out version);

    /// <summary>Tells whether nobody entered the gate since the look began.</summary>
    internal bool IsStill(long version) => _changes.IsStill(version);

    /// <summary>Creates a profile with its first identifiers.</summary>
    internal ProfileKey CreateUnderGate(Instant time, IReadOnlyList<Identifier> identifiers)
    {
        var ordinal = State.Profiles.Add();
        IdentifyUnderGate(ordinal, time, identifiers);
        return KeyOf(ordinal);
    }

    /// <summary>Gives identifiers to a profile of this lane.</summary>
    internal void IdentifyUnderGate(int ordinal, Instant time, IReadOnlyList<Identifier> identifiers)
    {
        State.Profiles.LoadFacts(ordinal);
        BeginUnderGate(ordinal, _store.Now);
        NoteClockUnderGate(_store.Now);

        // The write that follows says whether it is history; it need not touch anything by itself.
        Live.TouchAll(ordinal, SegmentChangeCause.Backfill);
        _isIdentified = true;
        var payload = Records.Identifiers(ordinal, time, identifiers);
        var address = AppendUnderGate(RecordKind.Identifiers, payload);
        State.ApplyIdentifiers(ordinal, time.UnixMs, address.Value, identifiers);
    }

    /// <summary>Stores what was written to a profile of this lane, and tells the extension.</summary>
    internal WriteResult WriteUnderGate(int ordinal, CustomerWrite write, Instant received, in EncodedEvent encoded = default)
    {
        var root = RootOf(ordinal);
        write = write.Time is null ? write with { Time = received } : write;
        BeginUnderGate(ordinal, received);
        if (write is CustomerEvent sent)
        {
            return WriteEventUnderGate(ordinal, root, sent, sent.Received < received ? sent.Received.Value : received, encoded);
        }

        NoteClockUnderGate(received);
        TouchUnderGate(ordinal, write, received);
        StoreUnderGate(ordinal, write);
        _store.Tell(root, new AppliedFact(root.Ordinal, write, received, default));
        return new WriteResult(root.Id, null, false, null, null);
    }

    /// <summary>Writes one side of a relation.</summary>
    internal void RelateUnderGate(int ordinal, ProfileKey other, long otherTail, Instant time, RelationWrite write)
    {
        var name = Records.CodeOf(write.Name);
        var record = new RelationRecord(ordinal, time.UnixMs, name, other, write.Related, otherTail);
        BeginUnderGate(ordinal, _store.Now);
        NoteClockUnderGate(_store.Now);
        Live.TouchAll(ordinal, SegmentChangeCause.Write);
        var address = AppendUnderGate(RecordKind.Relation, Records.Relation(record));
        State.ApplyRelation(record, address.Value);
    }

    /// <summary>Tells the extensions that an object of profiles was written to. All gates are held where that matters.</summary>
    internal void TellRelatedUnderGate(int ordinal, Instant at)
    {
        if (!_store.State.ExtensionReadsObjects)
        {
            return;
        }

        State.Profiles.LoadFacts(ordinal);
        foreach (var fact in State.Profiles.Facts(ordinal).Of(FactKind.Relation))
        {
            _store.TellObjectsChanged(_store.State.Merges.Root(fact.Other), at);
        }
    }

    /// <summary>Tells the extension of a fact, and then of all that it wrote in turn.</summary>
    internal void TellUnderGate(in AppliedFact fact)
    {
        if (Extension is null)
        {
            return;
        }

        var outer = _telling;
        _telling = true;
        Extension.Applied(fact, this);
        _telling = outer;
        TellUnderGate();
    }

    /// <summary>Gets the history of a profile. Valid until the next call.</summary>
    internal LaneHistory HistoryUnderGate(ProfileKey profile) => _history.Of(profile);

    /// <summary>Tells the extension of a merge that was read back.</summary>
    internal void ReplayMerge(in MergeRecord merge)
    {
        var source = ProfileKey.Of(merge.Source);
        if (Extension is not null && source.Lane == State.Lane)
        {
            Extension.Merged(source.Ordinal, merge.Destination, this);
        }
    }

    /// <summary>Erases one profile of this lane, and tells the extension.</summary>
    internal void EraseUnderGate(in EraseRecord erase)
    {
        if (_store.Plan is { } plan && State.Profiles.Marks.IsObject(erase.Profile))
        {
            TouchRelatedUnderGate(plan, erase.Profile, _store.Now);
        }

        Live.Erase(erase.Profile, Live.Now(_store.Now));
        AppendUnderGate(RecordKind.Erase, Records.Erase(erase));
        _store.State.ApplyErase(State.Lane, erase);
        ForgetReadUnderGate();
        Extension?.Erased(erase.Profile, this);
    }

    /// <summary>Drops events that were read and kept: they may be erased, or overwritten in the log.</summary>
    internal void ForgetReadUnderGate()
    {
        _events.Forget();
        _history.Forget();
    }

    internal LogAddress AppendUnderGate(RecordKind kind, ReadOnlySpan<byte> payload)
    {
        Debug.Assert(Gate.IsHeldByCurrentThread, "A lane has one writer.");
        SinceCheckpoint++;
        return Log.Append((byte)kind, payload);
    }

    // What time has done to a profile is found before it is written to.
    private void BeginUnderGate(int ordinal, Instant now)
    {
        var root = RootOf(ordinal);
        _store.Lanes[root.Lane].Live.Advance(root.Ordinal, now);
    }

    /// <summary>Notes in the log at which instant segments stand, where a record does not tell and segments are kept current.</summary>
    internal void NoteClockUnderGate(Instant now)
    {
        // Not what events tell: they may be erased.
        if (_store.Plan is not null && Live.Now(now) is var at && at.UnixMs > _notedMs)
        {
            AppendClockUnderGate(at);
        }
    }

    /// <summary>Says in a record of its own what time it was, before the events that tell it are overwritten.</summary>
    internal void KeepClockUnderGate()
    {
        if (State.Profiles.ErasedCount > 0 && State.Memberships.ClockMs > Instant.MinValue.UnixMs)
        {
            AppendClockUnderGate(Instant.FromUnixMs(State.Memberships.ClockMs));
        }
    }

    private void AppendClockUnderGate(Instant at)
    {
        _notedMs = at.UnixMs;
        AppendUnderGate(RecordKind.Clock, Records.Clock(at));
        State.Memberships.SawClock(at.UnixMs);
    }

    /// <summary>Tells the extension of those who entered or left segments.</summary>
    internal void TellChangesUnderGate(SegmentFlips flips, Instant at)
    {
        if (Extension is null || _store.Plan is not { } plan)
        {
            return;
        }

        var outer = _telling;
        _telling = true;
        for (var i = 0; i < flips.Count; i++)
        {
            var flip = flips[i];
            Extension.SegmentChanged(plan.Names[flip.Segment], flip.Ordinal, flip.Entered, at, flip.Cause, this);
        }

        _telling = outer;
        TellUnderGate();
    }

    private void AnnounceUnderGate(string name)
    {
        AppendUnderGate(RecordKind.Name, NameRecord.Write(name));
        State.Names.Add(name);
    }

    private void TellUnderGate()
    {
        if (_telling)
        {
            return;
        }

        while (_pending.TryDequeue(out var next))
        {
            WriteUnderGate(next.Ordinal, next.Write, _store.Now);
        }
    }

    private ProfileKey KeyOf(int ordinal) => new(State.Lane, ordinal);

    private ProfileKey RootOf(int ordinal) => _store.State.Merges.Root(KeyOf(ordinal));

    private WriteResult WriteEventUnderGate(
        int ordinal, ProfileKey root, CustomerEvent sent, Instant received, in EncodedEvent encoded)
    {
        var uniqueId = encoded.IsEncoded ? encoded.UniqueId : UniqueIds.Hash(sent.UniqueId);
        if (uniqueId != 0 && FindDuplicate(root, sent, uniqueId) is { } first)
        {
            return new WriteResult(root.Id, first, duplicate: true, conflict: null, rejection: null);
        }

        var row = StoreEventUnderGate(ordinal, sent, received, uniqueId, encoded);
        _store.Tell(root, new AppliedFact(root.Ordinal, sent, received, row));
        return new WriteResult(root.Id, row.Id, false, null, null);
    }

    private void StoreUnderGate(int ordinal, CustomerWrite write)
    {
        var time = write.Time!.Value;

        // What the write needs is read before it is in the log: behind that, applying it must not fail.
        State.Profiles.LoadFacts(ordinal);
        switch (write)
        {
            case ProfileWrite properties:
                StorePropertiesUnderGate(ordinal, time, properties.Properties);
                break;
            case ConsentWrite consent:
                var said = AppendUnderGate(RecordKind.Consent, Records.Consent(ordinal, consent));
                var channel = Records.CodeOf(consent.Channel);
                State.ApplyConsent(new ConsentRecord(ordinal, time.UnixMs, channel, consent.Status, consent.Method), said.Value);
                break;
            case ListWrite list:
                var put = AppendUnderGate(RecordKind.List, Records.List(ordinal, list));
                State.ApplyList(new ListRecord(ordinal, time.UnixMs, Records.CodeOf(list.List), list.Member), put.Value);
                break;
            default:
                throw new InvalidOperationException($"Unknown write {write.GetType().Name}.");
        }
    }

    private EventRow StoreEventUnderGate(
        int ordinal, CustomerEvent sent, Instant received, uint uniqueId, in EncodedEvent encoded)
    {
        // An event of an export says when it was received at first, which is not now; and segments may stand later than the
        // clock, which was set back.
        if (sent.Received is not null || Live.Now(received) > received)
        {
            NoteClockUnderGate(_store.Now);
        }

        State.Memberships.SawClock(received.UnixMs);
        TouchUnderGate(ordinal, sent, received);
        if (sent.ProfileProperties.Count > 0)
        {
            State.Profiles.LoadFacts(ordinal);
            StorePropertiesUnderGate(ordinal, sent.Time!.Value, sent.ProfileProperties);
        }

        var payload = encoded.IsEncoded ? Records.Event(ordinal, encoded.Tail) : Records.Event(ordinal, sent, received);
        var address = AppendUnderGate(RecordKind.Event, payload);
        var row = new TimelineRow(
            sent.Time!.Value.UnixMs,
            sent.Value ?? double.NaN,
            address.Value,
            encoded.IsEncoded ? encoded.Metric : Records.CodeOf(sent.Metric),
            uniqueId);
        State.ApplyEvent(ordinal, row);
        return new EventRow(sent.Time.Value, row.Value, StoreState.EventIdOf(State.Lane, address.Value));
    }

    private void StorePropertiesUnderGate(int ordinal, Instant time, PropertyMap properties)
    {
        var payload = Records.Properties(ordinal, time, properties);
        var address = AppendUnderGate(RecordKind.Properties, payload);
        State.ApplyProperties(ordinal, time.UnixMs, address.Value, PropertiesRecord.Read(payload).Map);
    }

    // Notes which segments a write can change. What comes true later, or makes the profile older, can change every one.
    private void TouchUnderGate(int ordinal, CustomerWrite write, Instant now)
    {
        if (_store.Plan is not { } plan)
        {
            return;
        }

        if (State.Profiles.Marks.IsObject(ordinal))
        {
            TouchRelatedUnderGate(plan, ordinal, now);
            return;
        }

        var time = write.Time!.Value;
        var cause = write is CustomerEvent { Backfill: true } ? SegmentChangeCause.Backfill : SegmentChangeCause.Write;
        var isIdentified = _isIdentified;
        _isIdentified = false;
        if (isIdentified || time > now || time.UnixMs < State.Profiles[ordinal].CreatedMs)
        {
            Live.TouchAll(ordinal, cause);
            return;
        }

        switch (write)
        {
            case CustomerEvent happened:
                if (plan.OfMetric(happened.Metric) is { } atoms)
                {
                    Live.Touch(ordinal, atoms, happened, now, cause);
                }

                TouchUnderGate(plan, ordinal, happened.ProfileProperties, cause);
                break;
            case ProfileWrite properties:
                TouchUnderGate(plan, ordinal, properties.Properties, cause);
                break;
            case ListWrite list:
                Live.Touch(ordinal, plan.OfGroup(list.List), cause);
                break;
            case ConsentWrite consent:
                Live.Touch(ordinal, plan.OfChannel(consent.Channel), cause);
                break;
            default:
                Live.TouchAll(ordinal, cause);
                break;
        }
    }

    // What is written to an object can change every segment of those who are related to it. All gates are held then.
    private void TouchRelatedUnderGate(LivePlan plan, int ordinal, Instant now)
    {
        if (!plan.ReadsObjects)
        {
            return;
        }

        State.Profiles.LoadFacts(ordinal);
        foreach (var fact in State.Profiles.Facts(ordinal).Of(FactKind.Relation))
        {
            var related = _store.State.Merges.Root(fact.Other);
            _store.Lanes[related.Lane].Live.TouchRelated(related.Ordinal, now);
        }
    }

    private void TouchUnderGate(LivePlan plan, int ordinal, PropertyMap properties, SegmentChangeCause cause)
    {
        foreach (ref readonly var property in properties.AsSpan())
        {
            Live.Touch(ordinal, plan.OfProperty(property.Key), cause);
        }
    }

    // Once per profile and metric: a profile is the whole tree that was merged.
    private EventId? FindDuplicate(ProfileKey root, CustomerEvent sent, uint hash)
    {
        if (_store.State.Merges.Sources(root).Length == 0)
        {
            return FindDuplicateIn(root, sent, hash);
        }

        foreach (var part in _store.State.Merges.Tree(root))
        {
            if (FindDuplicateIn(part, sent, hash) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private EventId? FindDuplicateIn(ProfileKey part, CustomerEvent sent, uint hash)
    {
        var lane = _store.Lanes[part.Lane];
        if (!lane.Records.TryGetCode(sent.Metric, out var metric))
        {
            return null;
        }

        ref var timeline = ref lane.State.Profiles.RowsWith(part.Ordinal, metric, hash);
        var hashes = timeline.UniqueIds;
        for (var i = hashes.IndexOf(hash); i >= 0;)
        {
            var address = timeline.Rows.Address(i);
            if (timeline.Rows.Metric(i) == metric && lane.HasUniqueId(address, sent.UniqueId!))
            {
                return StoreState.EventIdOf(part.Lane, address);
            }

            var next = hashes[(i + 1)..].IndexOf(hash);
            i = next < 0 ? -1 : i + 1 + next;
        }

        return null;
    }

    private bool HasUniqueId(long address, string uniqueId) =>
        _events.HasUniqueIdUnderGate(new LogAddress(address), uniqueId);
}
