using Klaviyo.Storage.Chunks;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Scans;

namespace Klaviyo.Storage.Lanes;

// Walks over all profiles. Gates are entered for a few profiles at a time, so that writers wait for microseconds.
internal sealed partial class Store
{
    private const int ScanStep = 256;

    // Less than a millisecond under the gates.
    private const int WideStep = 32;
    private const int ProfilesForTwo = 20_000;

    /// <summary>Gets the ids of the profiles that exist at T and of which something holds, in ascending order.</summary>
    internal IEnumerable<ProfileId> Scan(Instant at, Func<LaneHistory, Instant, bool> holds) =>
        Scan(at, holds, objects: false);

    private IEnumerable<ProfileId> Scan(Instant at, Func<LaneHistory, Instant, bool> holds, bool objects)
    {
        var found = new List<ProfileId>();
        for (var first = 0; ; first += ScanStep)
        {
            found.Clear();
            if (!ScanStepUnderAllGates(first, at, holds, objects, found))
            {
                yield break;
            }

            LetOthersIn();

            // Ids ascend with the ordinal first, so the steps of all lanes together are in order.
            found.Sort();
            foreach (var id in found)
            {
                yield return id;
            }
        }
    }

    /// <summary>Gets the ids of the members of a segment at T, in ascending order.</summary>
    /// <remarks>
    /// What columns tell is asked of many profiles at a time by two threads; who is left is asked through their histories.
    /// Either way each profile is seen as it is at one moment.
    /// </remarks>
    internal IEnumerable<ProfileId> Scan(SegmentDefinition definition, Instant at)
    {
        bool Holds(LaneHistory history, Instant t) => definition.Holds(new EvaluationContext(history, t, Zone));
        var tallies = new ProfileTallies(this, at);
        var test = ScanTest.Of(definition.Root, new EvaluationContext(NobodysHistory.Instance, at, Zone), tallies);
        if (!test.Tells)
        {
            return Scan(at, Holds);
        }

        tallies.Read();
        return Scan(test, at, Holds);
    }

    private IEnumerable<ProfileId> Scan(ScanTest test, Instant at, Func<LaneHistory, Instant, bool> holds)
    {
        var workers = _lanes.Sum(l => l.State.Profiles.Count) < ProfilesForTwo || Environment.ProcessorCount == 1
            ? new List<ProfileScan> { new(State, test, at) }
            : [new(State, test, at), new(State, test, at)];
        var found = new List<ProfileId>();
        for (var first = 0; ; first += ProfileScan.Profiles * WideStep)
        {
            if (!ScanWideUnderAllGates(workers, first))
            {
                yield break;
            }

            LetOthersIn();
            found.Clear();
            workers.ForEach(w => found.AddRange(w.Found));
            foreach (var unknown in workers.SelectMany(w => w.Unknown).Chunk(ScanStep))
            {
                AskUnderAllGates(unknown, at, holds, found);
                LetOthersIn();
            }

            found.Sort();
            foreach (var id in found)
            {
                yield return id;
            }
        }
    }

    private bool ScanWideUnderAllGates(List<ProfileScan> workers, int first)
    {
        workers.ForEach(w => w.Clear());
        using var gate = EnterAll();
        var more = false;
        foreach (var lane in _lanes)
        {
            if (first < lane.State.Profiles.Count)
            {
                more = true;
                workers[0].Test.TurnTo(lane);
                lane.State.Profiles.LoadSlots(first, WideStep * ProfileScan.Profiles);
                TwoWorkers.Run(WideStep, workers, (w, i) => w.Look(lane.State, first + (i * ProfileScan.Profiles)));
            }
        }

        SettleUnderAllGates();
        return more;
    }

    private void AskUnderAllGates(
        ReadOnlySpan<ProfileKey> profiles, Instant at, Func<LaneHistory, Instant, bool> holds, List<ProfileId> found)
    {
        using var gate = EnterAll();
        foreach (var profile in profiles)
        {
            Ask(profile, at, holds, objects: false, found);
        }

        SettleUnderAllGates();
    }

    private void Ask(
        ProfileKey profile, Instant at, Func<LaneHistory, Instant, bool> holds, bool objects, List<ProfileId> found)
    {
        var lane = _lanes[profile.Lane];
        if (!State.Merges.IsSource(profile)
            && !State.IsErased(profile)
            && State.IsObject(profile) == objects)
        {
            var history = lane.HistoryUnderGate(profile);
            if (history.Created <= at && holds(history, at))
            {
                found.Add(profile.Id);
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
        int first, Instant at, Func<LaneHistory, Instant, bool> holds, bool objects, List<ProfileId> found)
    {
        using var gate = EnterAll();
        var more = false;
        foreach (var lane in _lanes)
        {
            var end = Math.Min(first + ScanStep, lane.State.Profiles.Count);
            more |= first < end;
            for (var i = first; i < end; i++)
            {
                Ask(new ProfileKey(lane.State.Lane, i), at, holds, objects, found);
            }
        }

        SettleUnderAllGates();
        return more;
    }
}
