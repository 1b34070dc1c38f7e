using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Klaviyo.Storage.Cold;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Live;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

/// <summary>What one lane derives from its log: profiles, names, counts.</summary>
/// <remarks>
/// <para>It is a fold: the same records in the same order give the same state, live, in replay, and when a store is verified.
/// The live path hands over what it has just encoded; replay reads the record and ends in the same methods.</para>
/// <para>A checkpoint is taken in steps, so it holds some profiles as they were at a later place of the log than others.
/// <see cref="Restored"/> knows the place for each, and replay leaves out what a profile has already.</para>
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class LaneState : IDisposable
{
    private readonly IdentifierTable _identifiers;
    private readonly List<long> _eventsByMetric = [];

    internal LaneState(int lane, IdentifierTable identifiers, ColdFiles cold)
    {
        (Lane, _identifiers) = (lane, identifiers);
        Profiles = new ProfileIndex(cold);
    }

    internal int Lane { get; }

    internal NameTable Names { get; } = new();

    /// <summary>Gets the profiles, also those that were merged into another.</summary>
    internal ProfileIndex Profiles { get; }

    /// <summary>Gets who is in which segment.</summary>
    internal Memberships Memberships { get; } = new();

    /// <summary>Gets the identifiers of all lanes.</summary>
    internal IdentifierTable Identifiers => _identifiers;

    /// <summary>Gets when time may change a segment of whom.</summary>
    internal ProfileDues Dues { get; } = new();

    /// <summary>Gets the number of events.</summary>
    internal long Events { get; private set; }

    /// <summary>Gets up to where the checkpoint that this began with had which profile.</summary>
    internal RestoredPlaces Restored { get; } = new();

    /// <summary>Gets the counts for a checkpoint, by the code of the metric.</summary>
    internal IReadOnlyList<long> EventsByMetric => _eventsByMetric;

    internal void ApplyIdentifiers(int ordinal, long timeMs, long address, IReadOnlyList<Identifier> added)
    {
        Touch(ordinal, timeMs);
        foreach (var identifier in added)
        {
            _identifiers.Set(identifier, new ProfileKey(Lane, ordinal));
            if (Names.TryGetCode(identifier.Kind.Name, out var kind))
            {
                var value = Encoding.UTF8.GetBytes(identifier.Value);
                Profiles.AddFact(ordinal, new Fact(FactKind.Identifier, kind, Instant.MinValue.UnixMs, address, value));
            }

            if (identifier.Kind.ObjectType is not null)
            {
                Profiles.MarkObject(ordinal);
            }
        }
    }

    internal void ApplyEvent(int ordinal, in TimelineRow row)
    {
        Touch(ordinal, row.TimeMs);
        Profiles.AddRow(ordinal, row);
        CountEvent(row.Metric);
    }

    /// <summary>Takes in the properties of a record, from the record itself.</summary>
    internal void ApplyProperties(int ordinal, long timeMs, long address, ReadOnlySpan<byte> map)
    {
        Touch(ordinal, timeMs);
        var reader = new PayloadReader(map);
        for (var left = reader.ReadMapHeader(); left > 0; left--)
        {
            var name = reader.ReadInt32();
            var value = Normal(Names[name], reader.ReadRaw());
            Profiles.AddFact(ordinal, new Fact(FactKind.Property, name, timeMs, address, value));
        }
    }

    internal void ApplyConsent(in ConsentRecord consent, long address)
    {
        Touch(consent.Profile, consent.TimeMs);
        byte[] body = [(byte)consent.Status, .. Encoding.UTF8.GetBytes(consent.Method)];
        Profiles.AddFact(consent.Profile, new Fact(FactKind.Consent, consent.Channel, consent.TimeMs, address, body));
    }

    internal void ApplyList(in ListRecord list, long address)
    {
        Touch(list.Profile, list.TimeMs);
        ReadOnlySpan<byte> body = [list.Member ? (byte)1 : (byte)0];
        Profiles.AddFact(list.Profile, new Fact(FactKind.List, list.List, list.TimeMs, address, body));
    }

    internal void ApplyRelation(in RelationRecord relation, long address)
    {
        Touch(relation.Profile, relation.TimeMs);
        Span<byte> body = stackalloc byte[sizeof(long) + 1];
        BinaryPrimitives.WriteInt64LittleEndian(body, relation.Other.Id.Value);
        body[sizeof(long)] = relation.Related ? (byte)1 : (byte)0;
        Profiles.AddFact(relation.Profile, new Fact(FactKind.Relation, relation.Name, relation.TimeMs, address, body));
    }

    /// <summary>Gets identifiers that replay found with more than one profile: all of these but one were erased.</summary>
    internal List<(Identifier Identifier, ProfileKey Profile)> Contested { get; } = [];

    /// <summary>Forgets a profile: its facts, rows and identifiers.</summary>
    /// <param name="erase">The erasure.</param>
    /// <param name="isCounted">Whether its events are in the counts, from which they then go.</param>
    internal void ApplyErase(in EraseRecord erase, bool isCounted)
    {
        var ordinal = erase.Profile;
        if (Profiles.Marks.IsErased(ordinal))
        {
            return;
        }

        foreach (var identifier in ProfileReader.OwnIdentifiers(this, ordinal))
        {
            if (_identifiers.TryGet(identifier, out var owner) && owner == new ProfileKey(Lane, ordinal))
            {
                _identifiers.Remove(identifier);
            }
        }

        if (isCounted)
        {
            Discount(ordinal);
        }

        Profiles.Erase(ordinal);
        Memberships.Erase(ordinal, isCounted ? erase.TimeMs : null);
    }

    /// <summary>Applies an erasure that was read back.</summary>
    internal void ReplayErase(LogAddress address, in EraseRecord erase)
    {
        AddUpTo(erase.Profile);
        if (!Restored.Has(erase.Profile, address))
        {
            ApplyErase(erase, isCounted: !Restored.HasAll(address));
        }
    }

    /// <summary>Applies a record that was read back. Merges are applied by the store, which sees every lane.</summary>
    internal void Replay(LogAddress address, RecordKind kind, ReadOnlyMemory<byte> payload)
    {
        switch (kind)
        {
            case RecordKind.Name:
                ReplayName(address, payload);
                break;
            case RecordKind.Clock:
                Memberships.SawClock(ClockRecord.Read(payload));
                break;
            case RecordKind.Membership:
                ReplayMembership(address, MembershipRecord.Read(payload.Span));
                break;
            case RecordKind.Identifiers:
                ReplayIdentifiers(address, IdentifiersRecord.Read(payload));
                break;
            case RecordKind.Event:
                ReplayEvent(address, EventRecord.Read(payload));
                break;
            case RecordKind.Properties:
                ReplayProperties(address, PropertiesRecord.Read(payload.Span));
                break;
            case RecordKind.Consent:
                if (ConsentRecord.Read(payload) is var consent && !Restored.Has(consent.Profile, address))
                {
                    ApplyConsent(consent, address.Value);
                    NoteStale(consent.Profile);
                }

                break;
            case RecordKind.List:
                if (ListRecord.Read(payload) is var list && !Restored.Has(list.Profile, address))
                {
                    ApplyList(list, address.Value);
                    NoteStale(list.Profile);
                }

                break;
            case RecordKind.Relation:
                if (RelationRecord.Read(payload) is var relation && !Restored.Has(relation.Profile, address))
                {
                    ApplyRelation(relation, address.Value);
                    NoteStale(relation.Profile);
                }

                break;
            default:
                throw new InvalidOperationException($"A lane does not apply {kind} records.");
        }
    }

    /// <summary>Takes in the counts of a checkpoint, and makes room for the profiles that came while it was taken.</summary>
    internal void RestoreCounts(long events, IReadOnlyList<long> eventsByMetric, int profiles)
    {
        if (!Restored.HasRoomFor(profiles - Profiles.Count))
        {
            throw new InvalidDataException("There cannot be so many profiles.");
        }

        AddUpTo(profiles - 1);
        Events = events;
        _eventsByMetric.AddRange(eventsByMetric);
    }

    public void Dispose() => Profiles.Dispose();

    private void ReplayName(LogAddress address, ReadOnlyMemory<byte> payload)
    {
        if (!Restored.HasAll(address))
        {
            Names.Add(NameRecord.Read(payload));
        }
    }

    private void ReplayIdentifiers(LogAddress address, in IdentifiersRecord given)
    {
        AddUpTo(given.Profile);
        if (!Restored.Has(given.Profile, address))
        {
            NoteContested(given);
            ApplyIdentifiers(given.Profile, given.TimeMs, address.Value, given.Identifiers);
            NoteStale(given.Profile);
        }
        else if (!Profiles.Marks.IsErased(given.Profile))
        {
            // The profile may have been taken later than the table of identifiers.
            NoteContested(given);
            foreach (var identifier in given.Identifiers)
            {
                _identifiers.Set(identifier, new ProfileKey(Lane, given.Profile));
            }
        }
    }

    // The record that created a profile may be gone, because the profile is: its number stays taken.
    private void AddUpTo(int ordinal)
    {
        while (Profiles.Count <= ordinal)
        {
            _ = Profiles.Add();
        }
    }

    // An identifier changes hands only when its profile is erased, and lanes are replayed one after the other: who has it is
    // known when all erasures are.
    private void NoteContested(in IdentifiersRecord given)
    {
        var mine = new ProfileKey(Lane, given.Profile);
        foreach (var identifier in given.Identifiers)
        {
            if (_identifiers.TryGet(identifier, out var owner) && owner != mine)
            {
                Contested.Add((identifier, owner));
                Contested.Add((identifier, mine));
            }
        }
    }

    private void Discount(int ordinal)
    {
        ref var timeline = ref Profiles.Rows(ordinal);
        for (var row = 0; row < timeline.Count; row++)
        {
            Events--;
            CollectionsMarshal.AsSpan(_eventsByMetric)[timeline.Rows.Metric(row)]--;
        }

        // As if the metric had never been counted: a replay without the erased events must give the same.
        while (_eventsByMetric is [.., 0])
        {
            _eventsByMetric.RemoveAt(_eventsByMetric.Count - 1);
        }
    }

    private void ReplayEvent(LogAddress address, in EventRecord read)
    {
        if (!Restored.Has(read.Profile, address))
        {
            Touch(read.Profile, read.TimeMs);
            Profiles.AddRow(read.Profile, read.Row(address.Value));
            Memberships.SawClock(read.ReceivedMs);
            NoteStale(read.Profile);
        }

        if (!Restored.HasAll(address))
        {
            CountEvent(read.Metric);
        }
    }

    private void ReplayProperties(LogAddress address, in PropertiesRecord written)
    {
        if (!Restored.Has(written.Profile, address))
        {
            ApplyProperties(written.Profile, written.TimeMs, address.Value, written.Map);
            NoteStale(written.Profile);
        }
    }

    private void ReplayMembership(LogAddress address, in MembershipRecord record)
    {
        Memberships.Apply(record, ordinal => Restored.Has(ordinal, address), Restored.HasAll(address));

        // When time may change a segment that was built here was found with it, and is in no record.
        for (var ordinal = 0; record.BuiltFor >= 0 && ordinal < Profiles.Count; ordinal++)
        {
            if (!Restored.Has(ordinal, address))
            {
                NoteStale(ordinal);
            }
        }

        var offset = MembershipRecord.HeadBytes;
        for (var i = 0; i < record.Groups; i++)
        {
            var group = record.Next(ref offset);
            for (var k = 0; k < group.Count; k++)
            {
                if (group[k] != MembershipRecord.Nobody && !Restored.Has(group[k], address))
                {
                    NoteStale(group[k]);
                }
            }
        }
    }

    /// <summary>Notes that a profile was written to since its segments were looked at, as far as that is known.</summary>
    internal void NoteStale(int ordinal)
    {
        if (Memberships.IsInUse)
        {
            Dues.SetStale(ordinal, Memberships.ClockMs);
        }
    }

    private void CountEvent(int metric)
    {
        Events++;
        while (_eventsByMetric.Count <= metric)
        {
            _eventsByMetric.Add(0);
        }

        CollectionsMarshal.AsSpan(_eventsByMetric)[metric]++;
    }

    /// <summary>
    /// An address is one thing whether it came as identifier or as property, so that "email equals" finds it either way.
    /// </summary>
    private ReadOnlySpan<byte> Normal(string name, ReadOnlySpan<byte> value)
    {
        return name is "email" or "phone_number"
            && PackedValue.Read(value, Names) is { Kind: PropertyKind.String } text
            && Identifier.TryCreate(IdentifierKind.Of(name), text.AsString(), out var identifier, out _)
                ? PackedValue.OfString(identifier.Value)
                : value;
    }

    private void Touch(int ordinal, long timeMs)
    {
        ref var slot = ref Profiles[ordinal];
        slot.CreatedMs = Math.Min(slot.CreatedMs, timeMs);
    }
}
