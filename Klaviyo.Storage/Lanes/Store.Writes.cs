using System.Buffers;
using System.Runtime.CompilerServices;
using Klaviyo.Storage.Import;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

// Who a write goes to. The rules stand in the contract under "Identity":
//   all identifiers name one profile       → it gets the write, and the identifiers that were new
//   none names a profile                   → a new profile
//   anonymous profiles and one known       → the anonymous ones merge into the known one
//   several known profiles                 → no merge; the strongest identifier decides, the conflict is reported
internal sealed partial class Store
{
    /// <summary>Applies a write: when this returns, every question sees it. It is not yet durable.</summary>
    internal WriteResult Apply(CustomerWrite write)
    {
        ArgumentNullException.ThrowIfNull(write);
        ThrowIfReadOnly();
        if (Check(write, _writeBytesMax) is { } rejection)
        {
            return new WriteResult(default, null, false, null, rejection);
        }

        if (write is not (RelationWrite or RestoredWrite) && Known(write) is { } known)
        {
            using var gate = Enter(known.Lane);
            try
            {
                if (!State.IsErased(known))
                {
                    var result = WriteUnderGate(known, write, Now);
                    SettleSegmentsUnderGate(known.Lane);
                    SettleUnderGate(known.Lane);
                    return result;
                }
            }
            catch (Exception fault) when (PoisonsUnderGate(fault))
            {
                throw;
            }
        }

        lock (_identityGate)
        {
            using var gate = EnterAll();
            try
            {
                var result = ApplyUnderAllGates(write, Known(write), Now);
                SettleSegmentsUnderAllGates();
                SettleUnderAllGates();
                return result;
            }
            catch (Exception fault) when (PoisonsUnderGate(fault))
            {
                throw;
            }
        }
    }

    /// <summary>Applies a batch: all of it is in the same commit.</summary>
    public void Apply(IReadOnlyList<CustomerWrite> writes, Span<WriteResult> results)
    {
        ArgumentNullException.ThrowIfNull(writes);
        if (writes is CustomerWrite[] array)
        {
            Apply(array, array.Length, results);
            return;
        }

        var count = writes.Count;
        var copy = ArrayPool<CustomerWrite>.Shared.Rent(count);
        try
        {
            for (var i = 0; i < count; i++)
            {
                copy[i] = writes[i];
            }

            Apply(copy, count, results);
        }
        finally
        {
            ArrayPool<CustomerWrite>.Shared.Return(copy, clearArray: true);
        }
    }

    private void Apply(CustomerWrite[] writes, int count, Span<WriteResult> results)
    {
        ThrowIfReadOnly();
        lock (_identityGate)
        {
            using var gate = EnterAll();
            try
            {
                ApplyBatchUnderAllGates(writes, count, results);
                SettleSegmentsUnderAllGates();
                SettleUnderAllGates();
            }
            catch (Exception fault) when (PoisonsUnderGate(fault))
            {
                throw;
            }
        }
    }

    private void ApplyBatchUnderAllGates(CustomerWrite[] batch, int count, Span<WriteResult> results)
    {
        var received = Now;
        var writes = new ReadOnlySpan<CustomerWrite>(batch, 0, count);
        _encoder?.Begin(batch, count, received);
        try
        {
            for (var first = 0; first < count; first += BatchEncoder.GroupWrites)
            {
                var encoded = _encoder?.Enter(first / BatchEncoder.GroupWrites);
                _foresight.LookAheadUnderAllGates(writes, first, encoded);
                ApplyGroupUnderAllGates(writes, first, encoded, received, results);
                WriteAheadUnderAllGates();
            }
        }
        finally
        {
            _encoder?.End();
        }
    }

    private void ApplyGroupUnderAllGates(
        ReadOnlySpan<CustomerWrite> writes, int first, BatchEncoder.Group? group, Instant received, Span<WriteResult> results)
    {
        for (var i = first; i < Math.Min(first + BatchEncoder.GroupWrites, writes.Length); i++)
        {
            var write = writes[i];
            var foreseen = _foresight.ProfileUnderAllGates(i - first);
            var encoded = group is null ? default : group[i - first];
            results[i] = !encoded.IsEncoded && Check(write, _writeBytesMax) is { } rejection
                ? new WriteResult(default, null, false, null, rejection with { Line = i + 1 })
                : ApplyUnderAllGates(write, foreseen ?? Known(write), received, encoded);
        }
    }

    private void WriteAheadUnderAllGates()
    {
        foreach (var lane in _lanes)
        {
            lane.Log.WriteAheadUnderGate();
        }
    }

    /// <summary>Tells what is wrong with what a lane is to write to one of its profiles; null where it can be applied.</summary>
    internal Rejection? RefusalOf(CustomerWrite write) => EventLimits.Check(write, _writeBytesMax);

    /// <summary>Tells what is wrong with a write by itself; null where it can be applied.</summary>
    /// <param name="write">What a host gave; in a batch there may be none at a place.</param>
    /// <param name="bytesMax">How large it may be.</param>
    /// <remarks>
    /// Looks at nothing else. What passes can be appended and is read back by every replay: behind it nothing is refused because
    /// of what the write is.
    /// </remarks>
    internal static Rejection? Check(CustomerWrite? write, int bytesMax)
    {
        if (write is null)
        {
            return new Rejection(0, "", "There is no write.");
        }

        if (write.Profile is not { Count: > 0 } && write is not RestoredSegment)
        {
            return new Rejection(0, "profile", "A write names its profile by at least one identifier, e.g. an email.");
        }

        for (var i = 0; i < write.Profile.Count; i++)
        {
            if (write.Profile[i].Value is null)
            {
                return new Rejection(0, "profile", "An identifier is empty: make it with Identifier.Of or its kin.");
            }
        }

        return write is CustomerEvent { Value: { } value } && !double.IsFinite(value)
            ? new Rejection(0, "value", "A value is a finite number.")
            : CheckObject(write) ?? EventLimits.Check(write, bytesMax);
    }

    private WriteResult WriteUnderGate(ProfileKey known, CustomerWrite write, Instant received, in EncodedEvent encoded = default)
    {
        return CheckObjectUnderGate(known, write) is { } rejection
            ? new WriteResult(default, null, false, null, rejection)
            : _lanes[known.Lane].WriteUnderGate(known.Ordinal, write, received, encoded);
    }

    private WriteResult ApplyUnderAllGates(
        CustomerWrite write, ProfileKey? profile, Instant received, in EncodedEvent encoded = default)
    {
        if (write is RelationWrite or RestoredWrite)
        {
            return ApplyAcrossLanes(write);
        }

        return profile is { } known
            ? WriteUnderGate(known, write, received, encoded)
            : ResolveUnderAllGates(write, received, encoded);
    }

    // What is written to several lanes, or to none.
    private WriteResult ApplyAcrossLanes(CustomerWrite write) =>
        write is RelationWrite relation ? RelateUnderAllGates(relation) : RestoreUnderAllGates((RestoredWrite)write);

    // Not inlined: its frame is a kilobyte, which would be cleared for every write to a known profile too.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private WriteResult ResolveUnderAllGates(CustomerWrite write, Instant received, in EncodedEvent encoded)
    {
        if (FirstSuppressed(write.Profile) is { } refused)
        {
            return new WriteResult(default, null, false, null, new Rejection(0, "profile", refused));
        }

        if (CheckObjectUnderAllGates(write) is { } rejection)
        {
            return new WriteResult(default, null, false, null, rejection);
        }

        var (profile, conflict, unknownId) = Resolve(write.Profile, write.Time ?? received);
        if (unknownId is not null)
        {
            return new WriteResult(default, null, false, null, new Rejection(0, "profile", $"No profile has {unknownId}."));
        }

        var result = _lanes[profile.Lane].WriteUnderGate(profile.Ordinal, write, received, encoded);
        return new WriteResult(result.Profile, result.Event, result.Duplicate, conflict, null);
    }

    /// <summary>The one profile that every identifier of a write names already; null where there is more to decide.</summary>
    private ProfileKey? Known(CustomerWrite write)
    {
        if (write.Profile.Count == 1)
        {
            return State.TryFind(write.Profile[0], out var only) ? only : null;
        }

        ProfileKey? strongest = null;
        var strength = int.MaxValue;
        for (var i = 0; i < write.Profile.Count; i++)
        {
            var identifier = write.Profile[i];
            if (!State.TryFind(identifier, out var profile)
                || (strongest is { } other && State.Merges.Root(profile) != State.Merges.Root(other)))
            {
                return null;
            }

            if (identifier.Kind.Strength < strength)
            {
                (strongest, strength) = (profile, identifier.Kind.Strength);
            }
        }

        return strongest;
    }

    private (ProfileKey Profile, Identifier? Conflict, Identifier? UnknownId) Resolve(
        IReadOnlyList<Identifier> given, Instant time)
    {
        var (named, added) = Sort(given);
        var unknownId = added.FindIndex(i => i.Kind == IdentifierKind.Id);
        if (unknownId >= 0)
        {
            return (default, null, added[unknownId]);
        }

        if (OwnerAmong(named) is not { } owner || BelongsToSomeoneElse(State.Merges.Root(owner), named, added))
        {
            var created = LaneFor(added[0]).CreateUnderGate(time, added);
            return (created, named.Count > 0 ? named[0].Identifier : (Identifier?)null, null);
        }

        var conflict = JoinUnderAllGates(named, owner);
        if (added.Count > 0)
        {
            _lanes[owner.Lane].IdentifyUnderGate(owner.Ordinal, time, added);
        }

        return (owner, conflict, null);
    }

    // Those that name a profile, and those that do not yet, each the strongest first.
    private (List<(Identifier Identifier, ProfileKey Profile)> Named, List<Identifier> Added) Sort(IReadOnlyList<Identifier> given)
    {
        var (named, added) = (new List<(Identifier, ProfileKey)>(), new List<Identifier>());
        foreach (var identifier in given.Count == 1 ? given : (IEnumerable<Identifier>)given.Distinct().OrderBy(i => i.Kind.Strength))
        {
            if (State.TryFind(identifier, out var profile))
            {
                named.Add((identifier, profile));
            }
            else
            {
                added.Add(identifier);
            }
        }

        return (named, added);
    }

    // A known profile comes before an anonymous one, whatever the strength: it is the one that the others merge into.
    private ProfileKey? OwnerAmong(List<(Identifier Identifier, ProfileKey Profile)> named)
    {
        foreach (var (_, profile) in named)
        {
            if (!ProfileReader.IsAnonymous(State, State.Merges.Root(profile)))
            {
                return profile;
            }
        }

        return named.Count > 0 ? named[0].Profile : null;
    }

    private Identifier? JoinUnderAllGates(List<(Identifier Identifier, ProfileKey Profile)> named, ProfileKey owner)
    {
        Identifier? conflict = null;
        foreach (var (identifier, profile) in named)
        {
            var (theirs, ours) = (State.Merges.Root(profile), State.Merges.Root(owner));
            if (theirs == ours)
            {
                continue;
            }

            if (ProfileReader.IsAnonymous(State, theirs))
            {
                MergeUnderAllGates(theirs, ours);
            }
            else
            {
                conflict ??= identifier;
            }
        }

        return conflict;
    }

    /// <summary>
    /// A device that is known to be Ada's, and now Bob signs in on it: the anonymous id alone must not make Bob's own
    /// identifiers Ada's.
    /// </summary>
    private bool BelongsToSomeoneElse(
        ProfileKey root, List<(Identifier Identifier, ProfileKey Profile)> named, List<Identifier> added)
    {
        if (added.Count == 0 || named.Exists(n => n.Identifier.Kind != IdentifierKind.AnonymousId))
        {
            return false;
        }

        var strongest = added[0].Kind;
        return strongest != IdentifierKind.AnonymousId && ProfileReader.IdentifierOf(State, root, strongest) is not null;
    }

    private void MergeUnderAllGates(ProfileKey source, ProfileKey destination, Instant? at = null)
    {
        var lane = _lanes[destination.Lane];
        TouchAllUnderAllGates(source, destination);
        var tails = _lanes.Select(l => l.Log.Tail.Value).ToArray();
        var merge = new MergeRecord(destination.Ordinal, source.Id, tails, (at ?? Now).UnixMs);
        lane.AppendUnderGate(RecordKind.Merge, lane.Records.Merge(merge));
        State.ApplyMerge(destination.Lane, merge);
        if (source.Lane == destination.Lane)
        {
            lane.Extension?.Merged(source.Ordinal, destination.Ordinal, lane);
        }

        TellHistoryChangedUnderAllGates(destination);
    }

    // What time has done to them until now is found while they are as they were.
    private void TouchAllUnderAllGates(ProfileKey source, ProfileKey destination)
    {
        foreach (var profile in (ReadOnlySpan<ProfileKey>)[source, State.Merges.Root(destination)])
        {
            var lane = _lanes[profile.Lane];
            lane.Live.Advance(State.Merges.Root(profile).Ordinal, Now);
            lane.NoteClockUnderGate(Now);
            lane.Live.TouchAll(profile.Ordinal, SegmentChangeCause.Merge);
        }
    }

    private Lane LaneFor(in Identifier identifier)
    {
        var hash = UniqueIds.Hash(identifier.Value);
        return _lanes[(int)(hash % (uint)_lanes.Length)];
    }
}
