using System.Diagnostics;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

/// <summary>A slice of the store: one gate, one log, the state derived from it.</summary>
/// <remarks>
/// A write under the gate is appended to the log, then applied to the state, then told to the extension. What the
/// extension writes in turn waits until the extension has returned, so it never sees a half-applied fact.
/// </remarks>
/// <threadsafety>Everything but <see cref="Gate"/> needs the gate.</threadsafety>
internal sealed class Lane : ILaneScope
{
    private readonly Queue<(Profile Profile, CustomerWrite Write)> _pending = [];
    private readonly Store _store;
    private readonly LaneHistory _history;
    private readonly EventReader _events;
    private bool _telling;

    internal Lane(Store store, LaneLog log, LaneState state, LaneHistory history)
    {
        _store = store;
        _history = history;
        Log = log;
        State = state;
        Records = new RecordWriter(state.Names, AnnounceUnderGate);
        _events = new EventReader(log, state.Names);
    }

    internal System.Threading.Lock Gate { get; } = new();

    internal LaneLog Log { get; }

    internal LaneState State { get; }

    internal RecordWriter Records { get; }

    internal ILaneExtension? Extension { get; set; }

    /// <summary>Gets how many records were appended since the last checkpoint.</summary>
    internal long SinceCheckpoint { get; set; }

    int ILaneScope.Lane => State.Lane;

    Instant ILaneScope.Now => _store.Now;

    AccountZone ILaneScope.Zone => _store.Zone;

    ProfileHistory ILaneScope.History(int ordinal) => _history.Of(State.Profiles[ordinal]);

    ProfileId ILaneScope.IdOf(int ordinal) => State.Profiles[ordinal].Root.Id;

    string? ILaneScope.IdentifierOf(int ordinal, IdentifierKind kind) =>
        ProfileReader.IdentifierOf(State.Profiles[ordinal].Root, kind);

    PropertyMap ILaneScope.PropertiesOf(int ordinal, Instant at) =>
        ProfileReader.Properties(_history.Of(State.Profiles[ordinal]), at);

    StoredEvent ILaneScope.ReadEvent(EventId id) => _history.Event(id);

    void ILaneScope.Append(ReadOnlySpan<byte> record) => AppendUnderGate(RecordKind.Extension, record);

    void ILaneScope.Write(int ordinal, CustomerWrite write)
    {
        _pending.Enqueue((State.Profiles[ordinal], write));
        TellUnderGate();
    }

    /// <summary>Creates a profile with its first identifiers.</summary>
    internal Profile CreateUnderGate(Instant time, IReadOnlyList<Identifier> identifiers)
    {
        var profile = State.NextProfile();
        IdentifyUnderGate(profile, time, identifiers);
        return profile;
    }

    /// <summary>Gives identifiers to a profile of this lane.</summary>
    internal void IdentifyUnderGate(Profile profile, Instant time, IReadOnlyList<Identifier> identifiers)
    {
        var payload = Records.Identifiers(profile.Ordinal, time, identifiers);
        var address = AppendUnderGate(RecordKind.Identifiers, payload);
        State.ApplyIdentifiers(profile, time.UnixMs, address.Value, identifiers);
    }

    /// <summary>Stores what was written to a profile of this lane, and tells the extension.</summary>
    internal WriteResult WriteUnderGate(Profile profile, CustomerWrite write, Instant received)
    {
        write = write.Time is null ? write with { Time = received } : write;
        if (write is CustomerEvent sent)
        {
            return WriteEventUnderGate(profile, sent, received);
        }

        StoreUnderGate(profile, write);
        _store.Tell(profile, new AppliedFact(profile.Root.Ordinal, write, received, default));
        return new WriteResult(profile.Root.Id, null, false, null, null);
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
    internal LaneHistory HistoryUnderGate(Profile profile) => _history.Of(profile);

    /// <summary>Tells the extension of a merge that was read back.</summary>
    internal void ReplayMerge(in MergeRecord merge)
    {
        if (Extension is not null && StoreState.LaneOf(merge.Source) == State.Lane)
        {
            Extension.Merged(StoreState.OrdinalOf(merge.Source), merge.Destination, this);
        }
    }

    internal LogAddress AppendUnderGate(RecordKind kind, ReadOnlySpan<byte> payload)
    {
        Debug.Assert(Gate.IsHeldByCurrentThread, "A lane has one writer.");
        SinceCheckpoint++;
        return Log.Append((byte)kind, payload);
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
            WriteUnderGate(next.Profile, next.Write, _store.Now);
        }
    }

    private WriteResult WriteEventUnderGate(Profile profile, CustomerEvent sent, Instant received)
    {
        if (sent.UniqueId is { Length: > 0 } && FindDuplicate(profile, sent) is { } first)
        {
            return new WriteResult(profile.Root.Id, first, duplicate: true, conflict: null, rejection: null);
        }

        var row = StoreEventUnderGate(profile, sent, received);
        _store.Tell(profile, new AppliedFact(profile.Root.Ordinal, sent, received, row));
        return new WriteResult(profile.Root.Id, row.Id, false, null, null);
    }

    private void StoreUnderGate(Profile profile, CustomerWrite write)
    {
        var time = write.Time!.Value;
        switch (write)
        {
            case ProfileWrite properties:
                StorePropertiesUnderGate(profile, time, properties.Properties);
                break;
            case ConsentWrite consent:
                var said = AppendUnderGate(RecordKind.Consent, Records.Consent(profile.Ordinal, consent));
                var channel = Records.CodeOf(consent.Channel);
                LaneState.ApplyConsent(profile, new(channel, time.UnixMs, said.Value, consent.Status, consent.Method));
                break;
            case ListWrite list:
                var put = AppendUnderGate(RecordKind.List, Records.List(profile.Ordinal, list));
                LaneState.ApplyList(profile, new(Records.CodeOf(list.List), time.UnixMs, put.Value, list.Member));
                break;
            default:
                throw new InvalidOperationException($"Unknown write {write.GetType().Name}.");
        }
    }

    private EventRow StoreEventUnderGate(Profile profile, CustomerEvent sent, Instant received)
    {
        if (sent.ProfileProperties.Count > 0)
        {
            StorePropertiesUnderGate(profile, sent.Time!.Value, sent.ProfileProperties);
        }

        var address = AppendUnderGate(RecordKind.Event, Records.Event(profile.Ordinal, sent, received));
        var row = new TimelineRow(
            sent.Time!.Value.UnixMs,
            sent.Value ?? double.NaN,
            address.Value,
            Records.CodeOf(sent.Metric),
            UniqueIds.Hash(sent.UniqueId));
        State.ApplyEvent(profile, row);
        return new EventRow(sent.Time.Value, row.Value, StoreState.EventIdOf(State.Lane, address.Value));
    }

    private void StorePropertiesUnderGate(Profile profile, Instant time, PropertyMap properties)
    {
        var payload = Records.Properties(profile.Ordinal, time, properties);
        var address = AppendUnderGate(RecordKind.Properties, payload);
        State.ApplyProperties(profile, time.UnixMs, address.Value, properties);
    }

    // Once per profile and metric: a profile is the whole tree that was merged.
    private EventId? FindDuplicate(Profile profile, CustomerEvent sent)
    {
        var hash = UniqueIds.Hash(sent.UniqueId);
        var root = profile.Root;
        if (root.Sources.Count == 0)
        {
            return FindDuplicate(root, sent, hash);
        }

        foreach (var part in root.Tree)
        {
            if (FindDuplicate(part, sent, hash) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private EventId? FindDuplicate(Profile part, CustomerEvent sent, uint hash)
    {
        var lane = _store.Lanes[part.Lane];
        if (!lane.Records.TryGetCode(sent.Metric, out var metric))
        {
            return null;
        }

        var hashes = part.Timeline.UniqueIds;
        for (var i = hashes.IndexOf(hash); i >= 0;)
        {
            var address = part.Timeline.Rows.Address(i);
            if (part.Timeline.Rows.Metric(i) == metric && lane.HasUniqueId(address, sent.UniqueId!))
            {
                return StoreState.EventIdOf(part.Lane, address);
            }

            var next = hashes[(i + 1)..].IndexOf(hash);
            i = next < 0 ? -1 : i + 1 + next;
        }

        return null;
    }

    private bool HasUniqueId(long address, string uniqueId) =>
        EventRecord.HasUniqueId(_events.PayloadUnderGate(new LogAddress(address)), uniqueId);
}
