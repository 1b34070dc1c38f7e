using System.Runtime.InteropServices;
using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Lanes;

/// <summary>A profile and all that was merged into it, directly or not.</summary>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class ProfileParts(StoreState state)
{
    private readonly List<ProfilePart> _all = [];

    /// <summary>Gets the profile that answers.</summary>
    internal ProfileKey Root { get; private set; }

    internal int Count => _all.Count;

    /// <summary>Gets the parts: the root, then what was merged into it, each followed by its own.</summary>
    internal ReadOnlySpan<ProfilePart> All => CollectionsMarshal.AsSpan(_all);

    /// <summary>Turns to a profile, or rather to the one that it was merged into.</summary>
    internal void Of(ProfileKey profile)
    {
        Root = state.Merges.Root(profile);
        _all.Clear();
        Add(Root, []);
    }

    private void Add(ProfileKey profile, long[][] mergesAbove)
    {
        _all.Add(new ProfilePart(profile, mergesAbove));
        foreach (var source in state.Merges.Sources(profile))
        {
            Add(source.Profile, [.. mergesAbove, source.Tails]);
        }
    }
}

/// <summary>A profile of the tree, with the log tails at every merge between it and the root.</summary>
internal readonly record struct ProfilePart(ProfileKey Profile, long[][] MergesAbove)
{
    /// <summary>Counts the merges that came after a record.</summary>
    internal int RankOf(long address)
    {
        var rank = 0;
        foreach (var tails in MergesAbove)
        {
            rank += address < tails[Profile.Lane] ? 1 : 0;
        }

        return rank;
    }
}
