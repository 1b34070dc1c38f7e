using Klaviyo.Storage.Index;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

// What is asked of segments by name, answered from the members that are kept.
internal sealed partial class Store
{
    /// <summary>Finds a segment whose members are known, but for what time has changed since somebody looked.</summary>
    internal bool TryFindLive(string name, out int segment)
    {
        segment = -1;
        return Plan is { } plan && plan.TryFind(name, out segment);
    }

    /// <summary>Tells whether a profile is a member now; null where that has to be evaluated.</summary>
    internal bool? IsMember(in Identifier profile, string name)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!State.TryFind(profile, out var found))
        {
            // Nobody is in a segment that there is; whether there is one of which no members are known, its definition tells.
            return TryFindLive(name, out _) ? false : null;
        }

        // A bit that nobody changes meanwhile needs no gate.
        if (_lanes[found.Lane].TryLook(out var version) && State.Merges.Root(found) is var near && near.Lane == found.Lane)
        {
            var isMember = IsMember(near, name);
            if (_lanes[found.Lane].IsStill(version))
            {
                return isMember;
            }
        }

        using var gate = Enter(found.Lane);
        return IsMember(State.Merges.Root(found), name);
    }

    private bool? IsMember(ProfileKey root, string name)
    {
        var live = _lanes[root.Lane].Live;
        return TryFindLive(name, out var segment) && live.Dues[root.Ordinal] > live.Now(Now).UnixMs
            ? live.Memberships.Members.Has(segment, root.Ordinal)
            : null;
    }

    /// <summary>Counts the members now; null where that has to be evaluated.</summary>
    internal long? CountMembers(string name)
    {
        if (!TryCatchUp())
        {
            return null;
        }

        using var gate = EnterAll();
        CatchUpUnderAllGates();
        return TryFindLive(name, out var segment)
            ? _lanes.Sum(l => l.Live.Memberships.Members.Count(segment))
            : null;
    }

    /// <summary>Gets members behind one, ordered by id; null where they have to be evaluated.</summary>
    internal List<ProfileId>? Members(string name, ProfileId? after, int limit)
    {
        if (!TryCatchUp())
        {
            return null;
        }

        using var gate = EnterAll();
        CatchUpUnderAllGates();
        if (!TryFindLive(name, out var segment))
        {
            return null;
        }

        // Ids ascend with the ordinal first, then with the lane.
        var found = new List<ProfileId>();
        var next = Array.ConvertAll(_lanes, lane => NextMember(lane, segment, after));
        while (found.Count < limit && next.Min() is { } first)
        {
            found.Add(first);
            var lane = ProfileKey.Of(first).Lane;
            next[lane] = NextMember(_lanes[lane], segment, first);
        }

        return found;
    }

    private static ProfileId? NextMember(Lane lane, int segment, ProfileId? after)
    {
        var ordinal = after is { } a ? ProfileKey.Of(a).Ordinal : 0;
        while (lane.Live.Memberships.Members.Next(segment, ordinal) is { } found)
        {
            if (new ProfileKey(lane.State.Lane, found).Id is var id && (after is null || id > after))
            {
                return id;
            }

            ordinal = found + 1;
        }

        return null;
    }

    /// <summary>Counts the members that two segments have in common; null where that has to be evaluated.</summary>
    internal long? CountOverlap(string one, string other)
    {
        if (!TryCatchUp())
        {
            return null;
        }

        using var gate = EnterAll();
        CatchUpUnderAllGates();
        if (!TryFindLive(one, out var first) || !TryFindLive(other, out var second))
        {
            return null;
        }

        return _lanes.Sum(l => l.Live.Memberships.Members.CountBoth(first, second));
    }

    /// <summary>Gets by how much the number of members changed in each hour in which it did, in order.</summary>
    internal SortedDictionary<int, long> HourlyChanges(string name)
    {
        _ = TryCatchUp();
        using var gate = EnterAll();
        var changes = new SortedDictionary<int, long>();
        if (State.Definitions.TryGetNumber(name, out var segment))
        {
            foreach (var (hour, change) in _lanes.SelectMany(l => l.Live.Memberships.Hours(segment)))
            {
                changes[hour] = changes.GetValueOrDefault(hour) + change;
            }
        }

        return changes;
    }

    internal SegmentStatus? SegmentStatus(string name)
    {
        SegmentDefinition? definition;
        string? unreadable;
        using (EnterAll())
        {
            (definition, unreadable) = (State.Definitions.Segment(name), State.Definitions.FaultOf(name));
        }

        if (definition is null)
        {
            return unreadable is null ? null : new SegmentStatus(name, null, false, 0, null, unreadable);
        }

        var members = CountMembers(name);
        return new SegmentStatus(name, definition, members is not null, members is null ? BuildProgress : 1, members, FaultOfSegment(name));
    }

    /// <summary>Gets why a segment is not kept current; null where it is, or is being built.</summary>
    internal string? FaultOfSegment(string name) => Plan?.FaultOf(name) ?? SegmentFault;

    /// <summary>Removes a segment and everybody's membership. It is not yet durable.</summary>
    internal void RemoveSegment(string name)
    {
        ThrowIfReadOnly();
        CatchUp();
        lock (_identityGate)
        {
            using var gate = EnterAll();
            if (!State.Definitions.TryGetNumber(name, out var segment))
            {
                return;
            }

            string[] segments = [.. State.Definitions.Dependents(name).Order(StringComparer.Ordinal)];
            string[] flows = Extension is { } extension ? [.. extension.AskersOf(name).Order(StringComparer.Ordinal)] : [];
            if (segments.Length + flows.Length > 0)
            {
                throw new SegmentInUseException(name, segments, flows);
            }

            try
            {
                CatchUpUnderAllGates();
                DefineUnderAllGates(new DefinitionRecord(StoreDefinition.Segment, name, "", Now), segment: null);
                foreach (var lane in _lanes)
                {
                    lane.Live.Remove(segment, State.Definitions.All.Count, lane.Live.Now(Now));
                }

                PlanUnderAllGates();
            }
            catch (Exception fault) when (PoisonsUnderGate(fault))
            {
                throw;
            }
        }
    }
}
