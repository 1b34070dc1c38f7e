using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

// What the import of an export writes beside plain writes. Where the store is not empty, what is there stays: an identifier
// that has a profile keeps it, and two profiles that are one already are not merged again.
internal sealed partial class Store
{
    private WriteResult RestoreUnderAllGates(RestoredWrite write)
    {
        return write switch
        {
            RestoredIdentifiers given => RestoreIdentifiersUnderAllGates(given),
            RestoredMerge merge => RestoreMergeUnderAllGates(merge),
            RestoredSegment segment => RestoreSegmentUnderAllGates(segment),
            _ => throw new InvalidOperationException($"Unknown write {write.GetType().Name}."),
        };
    }

    private static WriteResult Refused(string field, string reason) =>
        new(default, null, false, null, new Rejection(0, field, reason));

    private WriteResult RestoreIdentifiersUnderAllGates(RestoredIdentifiers given)
    {
        if (!State.TryFind(given.Profile[0], out var profile))
        {
            return Refused("profile", $"No profile has {given.Profile[0]}.");
        }

        var free = given.Added.Where(i => !State.TryFind(i, out _)).ToList();
        if (FirstSuppressed(free) is not null || given.Added.Any(i => i.Kind.ObjectType is not null))
        {
            return Refused("identifiers", "Of an object, or of a profile that was erased with the wish never to be taken in again.");
        }

        if (free.Count > 0)
        {
            _lanes[profile.Lane].IdentifyUnderGate(profile.Ordinal, given.Time ?? Now, free);
        }

        return new WriteResult(State.Merges.Root(profile).Id, null, false, null, null);
    }

    private WriteResult RestoreMergeUnderAllGates(RestoredMerge merge)
    {
        if (!State.TryFind(merge.Profile[0], out var destination) || !State.TryFind(merge.Source, out var source))
        {
            return Refused("source", $"No profile has {merge.Source}, or none has {merge.Profile[0]}.");
        }

        (source, destination) = (State.Merges.Root(source), State.Merges.Root(destination));
        if (State.IsObject(source) || State.IsObject(destination))
        {
            return Refused("source", "Accounts and custom objects are merged with nothing.");
        }

        if (source != destination)
        {
            MergeUnderAllGates(source, destination, merge.Time);
        }

        return new WriteResult(destination.Id, null, false, null, null);
    }

    private WriteResult RestoreSegmentUnderAllGates(RestoredSegment segment)
    {
        SegmentDefinition? read;
        try
        {
            read = CheckDefinitionUnderAllGates(StoreDefinition.Segment, segment.Name, segment.Definition);
        }
        catch (DefinitionException wrong)
        {
            return Refused("definition", wrong.Message);
        }

        CatchUpUnderAllGates();
        DefineUnderAllGates(new DefinitionRecord(StoreDefinition.Segment, segment.Name, segment.Definition, Now), read);
        PlanUnderAllGates();
        StartSegmentWorker();
        return new WriteResult(default, null, false, null, null);
    }
}
