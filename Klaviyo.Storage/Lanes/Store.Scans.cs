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
        var profile = State.Find(id)!;
        using var gate = Enter(profile.Lane);
        var root = profile.Root;
        return new ProfileSummary(
            id,
            ProfileReader.IdentifierOf(root, IdentifierKind.ExternalId),
            ProfileReader.IdentifierOf(root, IdentifierKind.Email));
    }

    private bool ScanStepUnderAllGates(
        int first, Instant at, Func<LaneHistory, Instant, bool> holds, List<ProfileId> found)
    {
        using var gate = EnterAll();
        var more = false;
        foreach (var lane in _lanes)
        {
            var profiles = lane.State.Profiles;
            for (var i = first; i < Math.Min(first + ScanStep, profiles.Count); i++)
            {
                more = true;
                if (profiles[i].Destination is null)
                {
                    var history = lane.HistoryUnderGate(profiles[i]);
                    if (history.Created <= at && holds(history, at))
                    {
                        found.Add(profiles[i].Id);
                    }
                }
            }
        }

        return more;
    }
}
