using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Export;

/// <summary>The moment that an export shows: how far each lane was, and who was merged into whom.</summary>
/// <remarks>
/// Writers go on during an export. What they write lies behind the tails that are noted here, and what they merge is not in
/// the copy of the merges, so the export is of one moment all the same. Only an erase reaches into it, and shall.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
internal sealed class ExportCut
{
    private readonly Dictionary<ProfileKey, MergedSource[]> _sources;
    private readonly HashSet<ProfileKey> _merged;
    private readonly long[] _tails;
    private readonly int[] _profiles;

    /// <summary>Takes the cut. The caller holds every gate.</summary>
    internal ExportCut(StoreState state, IReadOnlyList<Lane> lanes)
    {
        _tails = [.. lanes.Select(l => l.Log.Tail.Value)];
        _profiles = [.. lanes.Select(l => l.State.Profiles.Count)];
        _sources = new(state.Merges.All);
        _merged = [.. _sources.Values.SelectMany(s => s).Select(s => s.Profile)];
    }

    /// <summary>Gets every profile, also those that were merged, in the order of ids.</summary>
    internal IEnumerable<ProfileKey> Profiles
    {
        get
        {
            for (var ordinal = 0; ordinal < _profiles.Max(); ordinal++)
            {
                for (var lane = 0; lane < _profiles.Length; lane++)
                {
                    if (ordinal < _profiles[lane])
                    {
                        yield return new ProfileKey(lane, ordinal);
                    }
                }
            }
        }
    }

    /// <summary>Gets the profiles that answer for themselves, in the order of ids.</summary>
    internal IEnumerable<ProfileKey> Roots => Profiles.Where(p => !_merged.Contains(p));

    /// <summary>Whether a record was there.</summary>
    internal bool Has(int lane, long address) => address < _tails[lane];

    /// <summary>Gets a profile and all that were merged into it, directly or not.</summary>
    internal IEnumerable<ProfileKey> Tree(ProfileKey root) => MergeTable.Tree(root, Sources);

    /// <summary>Gets the merges of a tree, the first first.</summary>
    /// <remarks>Tails only grow, so their sum puts merges in order.</remarks>
    internal IReadOnlyList<(ProfileKey Destination, MergedSource Source)> Merges(ProfileKey root) =>
        [.. Tree(root).SelectMany(d => Sources(d).Select(s => (d, s))).OrderBy(m => m.s.Tails.Sum())];

    private MergedSource[] Sources(ProfileKey profile) => _sources.GetValueOrDefault(profile) ?? [];
}
