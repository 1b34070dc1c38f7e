using Klaviyo.Storage.Cold;
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

    /// <summary>Initializes an empty state.</summary>
    /// <param name="lanes">How many lanes.</param>
    /// <param name="zone">The account's zone.</param>
    /// <param name="storeId">The id of the store, which hashes depend on.</param>
    /// <param name="cold">The cold files of a lane.</param>
    internal StoreState(int lanes, AccountZone zone, Guid storeId, Func<int, ColdFiles> cold)
    {
        Zone = zone;
        Identifiers = new IdentifierTable(storeId);
        Lanes = [.. Enumerable.Range(0, lanes).Select(lane => new LaneState(lane, Identifiers, cold(lane)))];
    }

    internal AccountZone Zone { get; }

    internal IdentifierTable Identifiers { get; }

    internal MergeTable Merges { get; } = new();

    internal Definitions Definitions { get; } = new();

    internal IReadOnlyList<LaneState> Lanes { get; }

    /// <summary>Gets whether any profile is merged into one of another lane: then one gate is not enough.</summary>
    internal bool MergedAcrossLanes { get; private set; }

    internal static EventId EventIdOf(int lane, long address) => new((address << 8) | (uint)lane);

    internal static int LaneOf(EventId id) => (int)(id.Value & 0xFF);

    internal static LogAddress AddressOf(EventId id) => new(id.Value >> 8);

    /// <summary>Finds the profile that an identifier was given to: not yet the one that it was merged into.</summary>
    internal bool TryFind(in Identifier identifier, out ProfileKey profile)
    {
        if (identifier.Kind != IdentifierKind.Id)
        {
            return Identifiers.TryGet(identifier, out profile);
        }

        profile = default;
        if (!ProfileId.TryParse(identifier.Value, out var id) || id.Value < 0 || id.Value >> 8 > int.MaxValue)
        {
            return false;
        }

        profile = ProfileKey.Of(id);
        return profile.Lane < Lanes.Count && profile.Ordinal < Lanes[profile.Lane].Profiles.Count;
    }

    /// <summary>Gets the slot of a profile.</summary>
    internal ref ProfileSlot Slot(ProfileKey profile) => ref Lanes[profile.Lane].Profiles[profile.Ordinal];

    internal void ApplyMerge(int lane, in MergeRecord merge)
    {
        var source = ProfileKey.Of(merge.Source);
        Merges.Link(new ProfileKey(lane, merge.Destination), new MergedSource(source, merge.TimeMs, merge.Tails));
        MergedAcrossLanes |= source.Lane != lane;
    }

    /// <summary>Applies a record that was read back from the log.</summary>
    internal void Replay(int lane, in LogRecord record)
    {
        switch ((RecordKind)record.Kind)
        {
            case RecordKind.Merge or RecordKind.Definition when Lanes[lane].Restored.HasAll(record.Address):
                break;
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
