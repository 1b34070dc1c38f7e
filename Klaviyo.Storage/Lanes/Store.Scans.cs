using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Lanes;

// Walks over all profiles. Gates are entered for a few profiles at a time, so that writers wait for microseconds.
internal sealed partial class Store
{
    private const int ScanStep = 256;

    /// <summary>Gets the ids of the profiles that exist at T and of which something holds, in ascending order.</summary>
    internal IEnumerable<ProfileId> Scan(Instant at, Func<LaneHistory, Instant, bool> holds)
    {
        var found = new List<ProfileId>();
        for (var first = 0; ; first += ScanStep)
        {
            found.Clear();
            if (!ScanStepUnderAllGates(first, at, holds, found))
            {
                yield break;
            }

            // Ids ascend with the ordinal first, so the steps of all lanes together are in order.
            found.Sort();
            foreach (var id in found)
            {
                yield return id;
            }
        }
    }

    /// <summary>Gets who a profile is, in short.</summary>
    internal ProfileSummary Summary(ProfileId id)
    {
        var profile = ProfileKey.Of(id);
        using var gate = Enter(profile.Lane);
        var root = State.Merges.Root(profile);
        var summary = new ProfileSummary(
            id,
            ProfileReader.IdentifierOf(State, root, IdentifierKind.ExternalId),
            ProfileReader.IdentifierOf(State, root, IdentifierKind.Email));
        SettleUnderGate(profile.Lane);
        return summary;
    }

    private bool ScanStepUnderAllGates(
        int first, Instant at, Func<LaneHistory, Instant, bool> holds, List<ProfileId> found)
    {
        using var gate = EnterAll();
        var more = false;
        foreach (var lane in _lanes)
        {
            var end = Math.Min(first + ScanStep, lane.State.Profiles.Count);
            more |= first < end;
            for (var i = first; i < end; i++)
            {
                var profile = new ProfileKey(lane.State.Lane, i);
                if (!State.Merges.IsSource(profile) && !State.IsErased(profile))
                {
                    var history = lane.HistoryUnderGate(profile);
                    if (history.Created <= at && holds(history, at))
                    {
                        found.Add(profile.Id);
                    }
                }
            }
        }

        SettleUnderAllGates();
        return more;
    }
}
