using Klaviyo.Json;
using Klaviyo.Storage.Cold;
using Klaviyo.Storage.Erasing;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Live;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

/// <summary>All that a store derives from its logs: every lane's state, the identifiers, the definitions.</summary>
/// <remarks>Everything here can be thrown away and made again from the logs. That is what verifying does.</remarks>
/// <threadsafety>Guarded by the gates of the lanes.</threadsafety>
internal sealed class StoreState : IDisposable
{
    private readonly List<MergeToApply> _mergesToApply = [];
    private readonly List<(int Lane, LogAddress Address, ProfileKey Other)> _related = [];
    private bool _isMergedAcrossLanes;

    /// <summary>Initializes an empty state.</summary>
    /// <param name="lanes">How many lanes.</param>
    /// <param name="zone">The account's zone.</param>
    /// <param name="originId">The id of the store, or of the one that it was forked from at first, which hashes depend on.</param>
    /// <param name="cold">The cold files of a lane.</param>
    /// <param name="runs">Where identifiers go that memory has no room for; null where it has room for all.</param>
    /// <param name="environment">What definitions may need beside their text.</param>
    internal StoreState(int lanes, AccountZone zone, Guid originId, Func<int, ColdFiles> cold, IdentifierRuns? runs, DefinitionEnvironment environment)
    {
        Zone = zone;
        Definitions = new Definitions(environment);
        Identifiers = new IdentifierTable(originId, runs);
        Erasures = new Erasures(originId);
        Lanes = [.. Enumerable.Range(0, lanes).Select(lane => new LaneState(lane, Identifiers, cold(lane)))];
    }

    internal AccountZone Zone { get; }

    internal IdentifierTable Identifiers { get; }

    internal MergeTable Merges { get; } = new();

    internal Definitions Definitions { get; }

    /// <summary>Gets what remains of erased profiles.</summary>
    internal Erasures Erasures { get; }

    internal IReadOnlyList<LaneState> Lanes { get; }

    /// <summary>
    /// Gets whether one gate is not enough: a profile is merged into one of another lane, or a segment asks objects, which may
    /// be in any lane.
    /// </summary>
    internal bool SpansLanes => _isMergedAcrossLanes || (Lanes.Count > 1 && (Definitions.ReadObjects || ExtensionReadsObjects));

    /// <summary>Gets or sets whether the extension looks objects up. Set under every gate, and never taken back.</summary>
    internal bool ExtensionReadsObjects { get; set; }

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
        return profile.Lane < Lanes.Count && profile.Ordinal < Lanes[profile.Lane].Profiles.Count && !IsErased(profile);
    }

    /// <summary>Whether a profile was erased. Needs no gate.</summary>
    internal bool IsErased(ProfileKey profile) => Lanes[profile.Lane].Profiles.Marks.IsErased(profile.Ordinal);

    /// <summary>Whether a profile is an account or custom object. Needs no gate.</summary>
    internal bool IsObject(ProfileKey profile) => Lanes[profile.Lane].Profiles.Marks.IsObject(profile.Ordinal);

    /// <summary>Gets the slot of a profile. It may have to be read, so the gate is needed.</summary>
    internal ref ProfileSlot Slot(ProfileKey profile) => ref Lanes[profile.Lane].Profiles[profile.Ordinal];

    internal void ApplyMerge(int lane, in MergeRecord merge)
    {
        var source = ProfileKey.Of(merge.Source);
        Merges.Link(new ProfileKey(lane, merge.Destination), new MergedSource(source, merge.TimeMs, merge.Tails));
        _isMergedAcrossLanes |= source.Lane != lane;
    }

    /// <summary>Takes in a merge of a checkpoint, in which all profiles came before.</summary>
    /// <exception cref="InvalidDataException">There can be no such merge.</exception>
    internal void RestoreMerge(int lane, in MergeRecord merge)
    {
        if (!CanApply(lane, merge, isSplit: false))
        {
            throw new InvalidDataException("Profiles are merged that are not there, or in a circle.");
        }

        ApplyMerge(lane, merge);
    }

    /// <summary>Makes sure that what a checkpoint says of profiles is said of such as there are, when all of it is restored.</summary>
    /// <param name="cut">The cut of the checkpoint.</param>
    /// <exception cref="InvalidDataException">It is not.</exception>
    internal void CheckRestored(LogCut cut)
    {
        foreach (var lane in Lanes)
        {
            if (!lane.Restored.AreWithin(cut[lane.Lane])
                || Identifiers.LoadedMax(lane.Lane) >= lane.Profiles.Count)
            {
                throw new InvalidDataException("Profiles are named that are not there, or have what the log has not.");
            }
        }

        if (Enumerable.Range(Lanes.Count, 256 - Lanes.Count).Any(lane => Identifiers.LoadedMax(lane) >= 0))
        {
            throw new InvalidDataException("Identifiers name lanes that are not there.");
        }
    }

    /// <summary>Takes a merge back.</summary>
    internal void ApplySplit(in MergeRecord split) => Merges.Unlink(ProfileKey.Of(split.Source));

    /// <summary>Forgets a profile. What was merged into it is forgotten by a call of its own.</summary>
    internal void ApplyErase(int lane, in EraseRecord erase)
    {
        Lanes[lane].ApplyErase(erase, isCounted: true);
        Merges.Unlink(new ProfileKey(lane, erase.Profile));
        Erasures.Apply(erase);
    }

    /// <summary>Applies a record that was read back from the log.</summary>
    /// <remarks>What comes of a record that makes no sense is <see cref="Errors.WrongContent"/>.</remarks>
    internal void Replay(int lane, in LogRecord record)
    {
        var kind = (RecordKind)record.Kind;
        RecordCheck.ThrowIfStrange(kind, record.Payload.Span, record.Address, Lanes[lane].Profiles.Count, Lanes[lane].Names);
        switch ((RecordKind)record.Kind)
        {
            case RecordKind.Erased or RecordKind.Filler:
                break;
            case RecordKind.Merge or RecordKind.Split or RecordKind.Definition
                when Lanes[lane].Restored.HasAll(record.Address):
                break;
            case RecordKind.Merge or RecordKind.Split:
                // The source may stand in a lane that is not replayed yet. How far segments were then, the log will not tell later.
                var isSplit = record.Kind == (byte)RecordKind.Split;
                var clock = Lanes[lane].Memberships.ClockMs;
                _mergesToApply.Add(new MergeToApply(lane, record.Address, MergeRecord.Read(record.Payload), isSplit, clock));
                break;
            case RecordKind.Erase:
                ReplayErase(lane, record.Address, EraseRecord.Read(record.Payload));
                break;
            case RecordKind.Definition:
                Definitions.Apply(DefinitionRecord.Read(record.Payload));
                break;
            case RecordKind.Extension:
                break;
            case RecordKind.Relation:
                _related.Add((lane, record.Address, RelationRecord.Read(record.Payload).Other));
                goto default;
            default:
                Lanes[lane].Replay(record.Address, (RecordKind)record.Kind, record.Payload);
                break;
        }
    }

    /// <summary>Applies what was put off until every lane is replayed.</summary>
    /// <param name="strange">Makes the exception for the record of a lane that makes no sense beside those of the others.</param>
    internal void FinishReplay(Func<int, LogAddress, Exception> strange)
    {
        if (_related.Find(r => !Exists(r.Other)) is { Address.Value: > 0 } alone)
        {
            throw strange(alone.Lane, alone.Address);
        }

        // Merges and splits hold every gate, so the tails that they note tell their order over all lanes.
        foreach (var toApply in _mergesToApply.OrderBy(m => Position(m.Merge)))
        {
            if (!CanApply(toApply.Lane, toApply.Merge, toApply.IsSplit))
            {
                throw strange(toApply.Lane, toApply.Address);
            }

            NoteStale(new ProfileKey(toApply.Lane, toApply.Merge.Destination), toApply.ClockMs);
            NoteStale(ProfileKey.Of(toApply.Merge.Source), toApply.ClockMs);
            if (toApply.IsSplit)
            {
                ApplySplit(toApply.Merge);
            }
            else
            {
                ApplyMerge(toApply.Lane, toApply.Merge);
            }
        }

        _mergesToApply.Clear();
        _related.Clear();
        SettleContested();
        if (Lanes.Any(l => l.Profiles.ErasedCount > 0))
        {
            Identifiers.RemoveWhere(IsErased);
            Merges.UnlinkWhere(IsErased);
        }

        // What was written to a source is for the profile that answers for it.
        foreach (var lane in Lanes)
        {
            for (var ordinal = 0; lane.Dues.IsAnyStale && ordinal < lane.Profiles.Count; ordinal++)
            {
                if (lane.Dues.IsStale(ordinal))
                {
                    NoteOthersStale(lane, ordinal);
                }
            }
        }
    }

    // It is told once: they may be looked at later than that before it is itself, and an opening after that must not take them back.
    private void NoteOthersStale(LaneState lane, int ordinal)
    {
        var (profile, at) = (new ProfileKey(lane.Lane, ordinal), lane.Dues[ordinal]);
        if (Merges.IsSource(profile))
        {
            NoteStale(Merges.Root(profile), at);
            lane.Dues.Set(ordinal, at);
        }

        if (!IsObject(profile))
        {
            return;
        }

        if (Definitions.ReadObjects)
        {
            foreach (var fact in lane.Profiles.Facts(ordinal).Of(FactKind.Relation))
            {
                NoteStale(Merges.Root(fact.Other), at);
            }

            lane.Profiles.Settle();
        }

        lane.Dues.Set(ordinal, ProfileDues.Never);
    }

    private void NoteStale(ProfileKey profile, long atMs)
    {
        if (Lanes[profile.Lane].Memberships.IsInUse)
        {
            Lanes[profile.Lane].Dues.SetStale(profile.Ordinal, atMs);
        }
    }

    private static Int128 Position(in MergeRecord merge) => merge.Tails.Aggregate(Int128.Zero, static (sum, tail) => sum + tail);

    private bool Exists(ProfileKey profile) =>
        profile.Lane < Lanes.Count && profile.Ordinal >= 0 && profile.Ordinal < Lanes[profile.Lane].Profiles.Count;

    // A profile that is merged already, or into itself, would send readers round in a circle.
    private bool CanApply(int lane, in MergeRecord merge, bool isSplit)
    {
        var destination = new ProfileKey(lane, merge.Destination);
        var source = merge.Source.Value < 0 || merge.Source.Value >> 8 > int.MaxValue ? new ProfileKey(-1, -1) : ProfileKey.Of(merge.Source);
        return merge.Tails.Length == Lanes.Count
            && Exists(destination)
            && Exists(source)
            && (isSplit || (!Merges.IsSource(source) && Merges.Root(destination) != source));
    }

    private void ReplayErase(int lane, LogAddress address, in EraseRecord erase)
    {
        Lanes[lane].ReplayErase(address, erase);
        if (!Lanes[lane].Restored.HasAll(address))
        {
            Erasures.Apply(erase);
        }
    }

    private void SettleContested()
    {
        foreach (var lane in Lanes)
        {
            foreach (var (identifier, profile) in lane.Contested.Where(c => !IsErased(c.Profile)))
            {
                Identifiers.Set(identifier, profile);
            }

            lane.Contested.Clear();
        }
    }

    public void Dispose()
    {
        foreach (var lane in Lanes)
        {
            lane.Dispose();
        }

        Identifiers.Dispose();
    }

    /// <summary>A merge or split of a replay, and how far the segments of its lane were then.</summary>
    private readonly record struct MergeToApply(int Lane, LogAddress Address, MergeRecord Merge, bool IsSplit, long ClockMs);
}
