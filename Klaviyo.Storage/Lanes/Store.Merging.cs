using Klaviyo.Storage.Index;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

// Merges that somebody asks for, and their undoing. A merge is a link, so a split takes the link away and nothing else.
internal sealed partial class Store
{
    /// <summary>Merges one profile into another, whoever they are. It is not yet durable.</summary>
    internal MergeResult Merge(in Identifier source, in Identifier destination)
    {
        ThrowIfReadOnly();
        lock (_identityGate)
        {
            using var gate = EnterAll();
            if ((Missing(source) ?? Missing(destination)) is { } unknown)
            {
                return Refused(unknown);
            }

            var (theirs, ours) = (RootOf(source), RootOf(destination));
            if (theirs == ours)
            {
                return Refused($"{source} and {destination} name one profile already.");
            }

            if (State.IsObject(theirs) || State.IsObject(ours))
            {
                return Refused("Accounts and custom objects are merged with nothing.");
            }

            try
            {
                MergeUnderAllGates(theirs, ours);
                SettleSegmentsUnderAllGates();
                SettleUnderAllGates();
                return new MergeResult(theirs.Id, ours.Id, null);
            }
            catch (Exception fault) when (PoisonsUnderGate(fault))
            {
                throw;
            }
        }
    }

    /// <summary>Undoes a merge. It is not yet durable.</summary>
    internal MergeResult Split(in Identifier identifier)
    {
        ThrowIfReadOnly();
        lock (_identityGate)
        {
            using var gate = EnterAll();
            if (!State.TryFind(identifier, out var named))
            {
                return Refused(Missing(identifier)!);
            }

            if (!State.Merges.IsSource(named) && State.Merges.Sources(named).Length == 0)
            {
                return Refused($"Nothing is merged into the profile of {identifier}, and it is merged into nothing.");
            }

            // Its own sources stand in the order of their merges.
            var source = State.Merges.IsSource(named) ? named : State.Merges.Sources(named)[^1].Profile;
            var destination = State.Merges.DestinationOf(source);
            try
            {
                SplitUnderAllGates(source, destination);
                SettleSegmentsUnderAllGates();
                SettleUnderAllGates();
                return new MergeResult(source.Id, State.Merges.Root(destination).Id, null);
            }
            catch (Exception fault) when (PoisonsUnderGate(fault))
            {
                throw;
            }
        }
    }

    private static MergeResult Refused(string reason) => new(default, default, new Rejection(0, "profile", reason));

    private string? Missing(in Identifier identifier) =>
        State.TryFind(identifier, out _) ? null : $"No profile has {identifier}.";

    private ProfileKey RootOf(in Identifier identifier) =>
        State.TryFind(identifier, out var found) ? State.Merges.Root(found) : throw new InvalidOperationException("It was found before.");

    private void TellHistoryChangedUnderAllGates(ProfileKey root)
    {
        var lane = _lanes[root.Lane];
        lane.Extension?.HistoryChanged(root.Ordinal, lane);
    }

    private void SplitUnderAllGates(ProfileKey source, ProfileKey destination)
    {
        TouchAllUnderAllGates(source, destination);
        var tails = _lanes.Select(l => l.Log.Tail.Value).ToArray();
        var split = new MergeRecord(destination.Ordinal, source.Id, tails, Now.UnixMs);
        var lane = _lanes[destination.Lane];
        lane.AppendUnderGate(RecordKind.Split, lane.Records.Merge(split));
        State.ApplySplit(split);
        TellHistoryChangedUnderAllGates(source);
        TellHistoryChangedUnderAllGates(State.Merges.Root(destination));
    }
}
