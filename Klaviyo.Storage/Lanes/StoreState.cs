using Klaviyo.Storage.Index;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

/// <summary>All that a store derives from its logs: every lane's state, the identifiers, the definitions.</summary>
/// <remarks>Everything here can be thrown away and made again from the logs. That is what verifying does.</remarks>
/// <threadsafety>Guarded by the gates of the lanes.</threadsafety>
internal sealed class StoreState : IDisposable
{
    private readonly List<(int Lane, MergeRecord Merge)> _mergesToApply = [];

    internal StoreState(int lanes, AccountZone zone)
    {
        Zone = zone;
        Lanes = [.. Enumerable.Range(0, lanes).Select(lane => new LaneState(lane, Identifiers))];
    }

    internal AccountZone Zone { get; }

    internal IdentifierDirectory Identifiers { get; } = new();

    internal Definitions Definitions { get; } = new();

    internal IReadOnlyList<LaneState> Lanes { get; }

    /// <summary>Gets whether any profile is merged into one of another lane: then one gate is not enough.</summary>
    internal bool MergedAcrossLanes { get; private set; }

    internal static EventId EventIdOf(int lane, long address) => new((address << 8) | (uint)lane);

    internal static int LaneOf(EventId id) => (int)(id.Value & 0xFF);

    internal static int LaneOf(ProfileId id) => (int)(id.Value & 0xFF);

    internal static int OrdinalOf(ProfileId id) => (int)(id.Value >> 8);

    internal static LogAddress AddressOf(EventId id) => new(id.Value >> 8);

    /// <summary>Finds a profile by its public id.</summary>
    internal Profile? Find(ProfileId id)
    {
        var (lane, ordinal) = (LaneOf(id), id.Value >> 8);
        return lane < Lanes.Count && ordinal < Lanes[lane].Profiles.Count ? Lanes[lane].Profiles[(int)ordinal] : null;
    }

    /// <summary>Finds the profile that an identifier was given to.</summary>
    internal Profile? Find(in Identifier identifier)
    {
        if (identifier.Kind == IdentifierKind.Id)
        {
            return ProfileId.TryParse(identifier.Value, out var id) ? Find(id) : null;
        }

        return Identifiers.TryGet(identifier, out var profile) ? profile : null;
    }

    internal void ApplyMerge(int lane, in MergeRecord merge)
    {
        var destination = Lanes[lane].Profiles[merge.Destination];
        var source = Find(merge.Source)!;
        destination.Merge(new MergedSource(source, merge.TimeMs, merge.Tails));
        Lanes[source.Lane].MergedAway++;
        MergedAcrossLanes |= source.Lane != lane;
    }

    /// <summary>Applies a record that was read back from the log.</summary>
    internal void Replay(int lane, in LogRecord record)
    {
        switch ((RecordKind)record.Kind)
        {
            case RecordKind.Merge:
                // The source may stand in a lane that is not replayed yet.
                _mergesToApply.Add((lane, MergeRecord.Read(record.Payload)));
                break;
            case RecordKind.Definition:
                Definitions.Apply(DefinitionRecord.Read(record.Payload));
                break;
            case RecordKind.Extension:
                break;
            default:
                Lanes[lane].Replay(record.Address, (RecordKind)record.Kind, record.Payload);
                break;
        }
    }

    /// <summary>Applies the merges that were put off, when every lane is replayed.</summary>
    internal void FinishReplay()
    {
        foreach (var (lane, merge) in _mergesToApply)
        {
            ApplyMerge(lane, merge);
        }

        _mergesToApply.Clear();
    }

    public void Dispose()
    {
        foreach (var lane in Lanes)
        {
            lane.Dispose();
        }
    }
}
