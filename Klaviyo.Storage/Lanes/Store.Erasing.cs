using Klaviyo.Storage.Erasing;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

// An erasure is one record a profile of the merged tree, in the lane of each, all in one commit. From then on nothing answers for
// the profile; its bytes are in the files until they are compacted.
internal sealed partial class Store
{
    // A page holds at least so many hashes beside the rest of the record.
    private const int HashesInRecord = 1024;

    /// <summary>Erases the profile of an identifier, with all that was merged into it. It is not yet durable.</summary>
    /// <returns>Null where no profile has the identifier.</returns>
    internal EraseResult? Erase(in Identifier identifier, bool suppress)
    {
        ThrowIfReadOnly();
        lock (_identityGate)
        {
            using var gate = EnterAll();
            if (!State.TryFind(identifier, out var found))
            {
                return null;
            }

            var root = State.Merges.Root(found);
            ProfileKey[] parts = [.. State.Merges.Tree(root)];
            var suppressed = suppress ? ProfileReader.Identifiers(State, root) : [];
            var events = _lanes.Sum(l => l.State.Events);
            var time = Now.UnixMs;
            try
            {
                foreach (var part in parts)
                {
                    EraseUnderAllGates(part, time, part == root, suppressed);
                    suppressed = [];
                }

                // Who is related to an object that is gone may be elsewhere now.
                SettleSegmentsUnderAllGates();
                SettleUnderAllGates();
            }
            catch (Exception fault) when (PoisonsUnderGate(fault))
            {
                throw;
            }

            return new EraseResult(root.Id, parts.Length, events - _lanes.Sum(l => l.State.Events));
        }
    }

    private void EraseUnderAllGates(ProfileKey part, long timeMs, bool isWhole, IReadOnlyList<Identifier> suppressed)
    {
        UInt128[] hashes = [.. suppressed.Select(i => Suppression.HashOf(i, OriginId))];
        var lane = _lanes[part.Lane];
        lane.EraseUnderGate(new EraseRecord(part.Ordinal, timeMs, isWhole, hashes[..Math.Min(hashes.Length, HashesInRecord)]));
        foreach (var more in hashes.Skip(HashesInRecord).Chunk(HashesInRecord))
        {
            lane.EraseUnderGate(new EraseRecord(part.Ordinal, timeMs, IsWhole: false, more));
        }
    }

    private string? FirstSuppressed(IReadOnlyList<Identifier> identifiers)
    {
        foreach (var identifier in identifiers)
        {
            if (State.Erasures.IsSuppressed(identifier))
            {
                return $"{identifier} is of a profile that was erased with the wish that it is never taken in again.";
            }
        }

        return null;
    }
}
