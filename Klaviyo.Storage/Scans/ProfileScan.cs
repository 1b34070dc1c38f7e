using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Scans;

/// <summary>One worker of a scan over everybody: looks at some neighbouring profiles at a time.</summary>
/// <remarks>Reads only, so two may look at different profiles of a lane whose gate is held, and whose slots are there.</remarks>
internal sealed class ProfileScan(StoreState state, ScanTest test, Instant at)
{
    /// <summary>How many profiles one look is at.</summary>
    internal const int Profiles = 512;

    // What the profile after so many needs is on its way from memory meanwhile.
    private const int Ahead = 8;

    // Of the times most tests look at the last weeks.
    private const int TimeLines = 4;

    private readonly bool _readsRows = test.ReadsRows;
    private readonly bool _readsValues = test.ReadsValues;

    internal ScanTest Test => test;

    /// <summary>Gets who is a member.</summary>
    internal List<ProfileId> Found { get; } = [];

    /// <summary>Gets whose history has to be asked.</summary>
    internal List<ProfileKey> Unknown { get; } = [];

    internal void Clear()
    {
        Found.Clear();
        Unknown.Clear();
    }

    /// <summary>Looks at profiles from an ordinal on. The caller holds the gates.</summary>
    internal void Look(LaneState lane, int first)
    {
        var profiles = lane.Profiles;
        var end = Math.Min(first + Profiles, profiles.Count);
        var ahead = _readsRows ? Ahead : Profiles;
        for (var ordinal = first; ordinal < end; ordinal++)
        {
            if (ordinal + ahead < end)
            {
                profiles[ordinal + ahead].Timeline.FetchAhead(TimeLines, _readsValues);
            }

            ref var slot = ref profiles[ordinal];
            if (slot.Has(SlotFlags.Erased) || slot.Has(SlotFlags.Object))
            {
                continue;
            }

            var profile = new ProfileKey(lane.Lane, ordinal);
            var isAlone = !HasPartInMerge(profile);
            if (isAlone && slot.CreatedMs > at.UnixMs)
            {
                continue;
            }

            switch (isAlone ? test.Of(ordinal, ref slot) : Verdict.Unknown)
            {
                case Verdict.Yes:
                    Found.Add(profile.Id);
                    break;
                case Verdict.Unknown:
                    Unknown.Add(profile);
                    break;
            }
        }
    }

    // Then its own timeline is not all that it did.
    private bool HasPartInMerge(ProfileKey profile) =>
        state.Merges.Count > 0 && (state.Merges.IsSource(profile) || state.Merges.Sources(profile).Length > 0);
}
