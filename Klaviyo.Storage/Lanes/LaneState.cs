using System.Runtime.InteropServices;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

/// <summary>What one lane derives from its log: profiles, timelines, names, counts.</summary>
/// <remarks>
/// It is a fold: the same records in the same order give the same state, live, in replay, and when a store is verified.
/// The live path hands over values that it has just encoded; replay decodes the record and ends in the same methods.
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class LaneState : IDisposable
{
    private readonly IdentifierDirectory _identifiers;
    private readonly List<Profile> _profiles = [];
    private readonly List<long> _eventsByMetric = [];

    internal LaneState(int lane, IdentifierDirectory identifiers)
    {
        (Lane, _identifiers) = (lane, identifiers);
        Slab = new Slab((owner, block) => _profiles[owner].Timeline.MovedTo(block));
    }

    internal int Lane { get; }

    internal NameTable Names { get; } = new();

    internal Slab Slab { get; }

    /// <summary>Gets the profiles by ordinal, also those that were merged into another.</summary>
    internal IReadOnlyList<Profile> Profiles => _profiles;

    /// <summary>Gets the number of events.</summary>
    internal long Events { get; private set; }

    /// <summary>Gets how many profiles of this lane were merged into another.</summary>
    internal int MergedAway { get; set; }

    /// <summary>Gets the number of events of a metric.</summary>
    internal long EventsOf(int metric) => metric < _eventsByMetric.Count ? _eventsByMetric[metric] : 0;

    internal Profile NextProfile()
    {
        var profile = new Profile(Lane, _profiles.Count);
        _profiles.Add(profile);
        return profile;
    }

    internal void ApplyIdentifiers(Profile profile, long timeMs, long address, IReadOnlyList<Identifier> added)
    {
        Touch(profile, timeMs);
        foreach (var identifier in added)
        {
            profile.Identifiers.Add(identifier);
            _identifiers.Set(identifier, profile);

            // An identifier is a property too: "email contains @example.com" asks for it like for any other. It holds from
            // the beginning: were it to hold from the first message that brought it, the order of arrival would show.
            if (Names.TryGetCode(identifier.Kind.Name, out var name))
            {
                profile.Properties.Add(new PropertyEntry(name, Instant.MinValue.UnixMs, address, identifier.Value));
            }
        }
    }

    /// <summary>Takes in an identifier of a checkpoint; its property stands in the checkpoint by itself.</summary>
    internal void RestoreIdentifier(Profile profile, Identifier identifier)
    {
        profile.Identifiers.Add(identifier);
        _identifiers.Set(identifier, profile);
    }

    internal void ApplyEvent(Profile profile, in TimelineRow row)
    {
        Touch(profile, row.TimeMs);
        profile.Timeline.Add(Slab, profile.Ordinal, row);
        Events++;
        while (_eventsByMetric.Count <= row.Metric)
        {
            _eventsByMetric.Add(0);
        }

        CollectionsMarshal.AsSpan(_eventsByMetric)[row.Metric]++;
    }

    internal void ApplyProperties(Profile profile, long timeMs, long address, PropertyMap properties)
    {
        Touch(profile, timeMs);
        foreach (ref readonly var item in properties.AsSpan())
        {
            _ = Names.TryGetCode(item.Key, out var name);
            profile.Properties.Add(new PropertyEntry(name, timeMs, address, Normal(item.Key, item.Value)));
        }
    }

    internal static void ApplyConsent(Profile profile, in ConsentEntry entry)
    {
        Touch(profile, entry.TimeMs);
        Insert(profile.Consents, entry, e => e.TimeMs);
    }

    internal static void ApplyList(Profile profile, in MembershipEntry entry)
    {
        Touch(profile, entry.TimeMs);
        Insert(profile.Lists, entry, e => e.TimeMs);
    }

    /// <summary>Applies a record that was read back. Merges are applied by the store, which sees every lane.</summary>
    internal void Replay(LogAddress address, RecordKind kind, ReadOnlyMemory<byte> payload)
    {
        switch (kind)
        {
            case RecordKind.Name:
                Names.Add(NameRecord.Read(payload));
                break;
            case RecordKind.Identifiers:
                var given = IdentifiersRecord.Read(payload);
                var profile = given.Profile == _profiles.Count ? NextProfile() : _profiles[given.Profile];
                ApplyIdentifiers(profile, given.TimeMs, address.Value, given.Identifiers);
                break;
            case RecordKind.Event:
                var read = EventRecord.Read(payload);
                ApplyEvent(_profiles[read.Profile], read.Row(address.Value));
                break;
            case RecordKind.Properties:
                var written = PropertiesRecord.Read(payload, Names);
                ApplyProperties(_profiles[written.Profile], written.TimeMs, address.Value, written.Properties);
                break;
            case RecordKind.Consent:
                var c = ConsentRecord.Read(payload);
                ApplyConsent(_profiles[c.Profile], new ConsentEntry(c.Channel, c.TimeMs, address.Value, c.Status, c.Method));
                break;
            case RecordKind.List:
                var l = ListRecord.Read(payload);
                ApplyList(_profiles[l.Profile], new MembershipEntry(l.List, l.TimeMs, address.Value, l.Member));
                break;
            default:
                throw new InvalidOperationException($"A lane does not apply {kind} records.");
        }
    }

    /// <summary>Takes in the counts of a checkpoint.</summary>
    internal void RestoreCounts(long events, IReadOnlyList<long> eventsByMetric)
    {
        Events = events;
        _eventsByMetric.AddRange(eventsByMetric);
    }

    /// <summary>Gets the counts for a checkpoint, by the code of the metric.</summary>
    internal IReadOnlyList<long> EventsByMetric => _eventsByMetric;

    public void Dispose() => Slab.Dispose();

    /// <summary>
    /// An address is one thing whether it came as identifier or as property, so that "email equals" finds it either way.
    /// </summary>
    private static PropertyValue Normal(string name, in PropertyValue value)
    {
        return name is "email" or "phone_number"
            && value.Kind == PropertyKind.String
            && Identifier.TryCreate(IdentifierKind.Of(name), value.AsString(), out var identifier, out _)
                ? identifier.Value
                : value;
    }

    private static void Touch(Profile profile, long timeMs) => profile.CreatedMs = Math.Min(profile.CreatedMs, timeMs);

    /// <summary>Inserts by time, behind what has the same time: records come in the order of arrival.</summary>
    private static void Insert<T>(List<T> entries, in T entry, Func<T, long> time)
    {
        var place = entries.Count;
        while (place > 0 && time(entries[place - 1]) > time(entry))
        {
            place--;
        }

        entries.Insert(place, entry);
    }
}
