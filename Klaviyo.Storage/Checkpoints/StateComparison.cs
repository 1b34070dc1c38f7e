using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Checkpoints;

/// <summary>Compares two derived states of one store, profile by profile.</summary>
/// <remarks>The same records in the same order give the same state; that is what verifying is about.</remarks>
internal sealed class StateComparison(
    StoreState live, IReadOnlyList<ILaneExtension?> liveExtensions, StoreState rebuilt, IReadOnlyList<ILaneExtension?> rebuiltExtensions)
{
    /// <summary>Tells where the states first differ, for people; null where they are the same.</summary>
    internal string? FirstDifference()
    {
        return FirstOfLanes()
            ?? (SameRest(FrameKind.Merges) ? null : "The merges differ from what the log gives.")
            ?? (SameRest(FrameKind.Definitions) ? null : "The definitions differ from what the log gives.")
            ?? (SameRest(FrameKind.Memberships) ? null : "The history of the segments differs from what the log gives.")
            ?? (SameRest(FrameKind.Clock) ? null : "The time of the segments differs from what the log gives.")
            ?? (SameRest(FrameKind.Erasures) && SameRest(FrameKind.Suppressed) ? null : "What was erased differs from what the log gives.")
            ?? (SameRest(FrameKind.Extension) ? null : "The flow runs differ from what the log gives.");
    }

    private string? FirstOfLanes()
    {
        for (var lane = 0; lane < live.Lanes.Count; lane++)
        {
            var (ours, theirs) = (live.Lanes[lane], rebuilt.Lanes[lane]);
            if (!SameNames(ours, theirs))
            {
                return $"The names or counts of lane {lane} differ from what the log gives.";
            }

            for (var ordinal = 0; ordinal < ours.Profiles.Count; ordinal++)
            {
                if (ordinal >= theirs.Profiles.Count || !SameProfile(ours, theirs, ordinal))
                {
                    return $"Profile {new ProfileKey(lane, ordinal).Id} differs from what the log gives.";
                }
            }
        }

        return null;
    }

    private static bool SameNames(LaneState ours, LaneState theirs)
    {
        return ours.Names.Count == theirs.Names.Count
            && Enumerable.Range(0, ours.Names.Count).All(code => ours.Names[code] == theirs.Names[code])
            && ours.Events == theirs.Events
            && ours.EventsByMetric.SequenceEqual(theirs.EventsByMetric);
    }

    private bool SameProfile(LaneState ours, LaneState theirs, int ordinal)
    {
        return ours.Profiles[ordinal].CreatedMs == theirs.Profiles[ordinal].CreatedMs
            && ours.Profiles[ordinal].Has(SlotFlags.Erased) == theirs.Profiles[ordinal].Has(SlotFlags.Erased)
            && ours.Profiles[ordinal].Has(SlotFlags.Object) == theirs.Profiles[ordinal].Has(SlotFlags.Object)
            && SameFacts(ours, theirs, ordinal)
            && SameRows(ours, theirs, ordinal)
            && SameSegments(ours, theirs, ordinal)
            && SameOwners(ours, ordinal);
    }

    private static bool SameSegments(LaneState ours, LaneState theirs, int ordinal)
    {
        var planes = Math.Max(ours.Memberships.Members.Planes, theirs.Memberships.Members.Planes);
        return Enumerable.Range(0, planes).All(plane =>
            ours.Memberships.Members.Word(plane, ordinal) == theirs.Memberships.Members.Word(plane, ordinal));
    }

    private static bool SameFacts(LaneState ours, LaneState theirs, int ordinal)
    {
        _ = ours.Profiles.Facts(ordinal);
        _ = theirs.Profiles.Facts(ordinal);
        var same = ProfileIndex.FactBytes(ours.Profiles[ordinal]).SequenceEqual(ProfileIndex.FactBytes(theirs.Profiles[ordinal]));
        Settle(ours, theirs);
        return same;
    }

    private static bool SameRows(LaneState ours, LaneState theirs, int ordinal)
    {
        ref var left = ref ours.Profiles.Rows(ordinal);
        ref var right = ref theirs.Profiles.Rows(ordinal);
        var same = left.Count == right.Count;
        for (var row = 0; same && row < left.Count; row++)
        {
            same = left.Rows.Row(row).Equals(right.Rows.Row(row));
        }

        Settle(ours, theirs);
        return same;
    }

    // Whoever the facts of a profile name must be found under that name, in both states.
    private bool SameOwners(LaneState lane, int ordinal)
    {
        foreach (var identifier in ProfileReader.OwnIdentifiers(live, new ProfileKey(lane.Lane, ordinal)))
        {
            if (!live.Identifiers.TryGet(identifier, out var ours)
                || !rebuilt.Identifiers.TryGet(identifier, out var theirs)
                || ours != theirs)
            {
                return false;
            }
        }

        return true;
    }

    private static void Settle(LaneState ours, LaneState theirs)
    {
        ours.Profiles.Settle();
        theirs.Profiles.Settle();
    }

    private bool SameRest(FrameKind kind)
    {
        using var theirs = Parts(rebuilt, rebuiltExtensions, kind).GetEnumerator();
        return Parts(live, liveExtensions, kind).All(part => theirs.MoveNext() && part.Span.SequenceEqual(theirs.Current.Span))
            && !theirs.MoveNext();
    }

    private static IEnumerable<ReadOnlyMemory<byte>> Parts(
        StoreState state, IReadOnlyList<ILaneExtension?> extensions, FrameKind kind) =>
        StoreImage.Of(state, extensions).Images.Where(i => i.Kind == kind).SelectMany(i => i.Image.Rest());
}
