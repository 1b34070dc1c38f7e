using System.Runtime.InteropServices;
using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Lanes;

/// <summary>A profile and all that was merged into it, directly or not.</summary>
/// <remarks>A part knows the one above it, and parts are walked without recursion: a chain of merges may be as long as there are profiles.</remarks>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class ProfileParts(StoreState state)
{
    private readonly List<ProfilePart> _all = [];
    private readonly Stack<ProfilePart> _ahead = [];

    /// <summary>Gets the profile that answers.</summary>
    internal ProfileKey Root { get; private set; }

    internal int Count => _all.Count;

    /// <summary>Gets the parts: the root, then what was merged into it, the first merge first, each followed by its own.</summary>
    internal ReadOnlySpan<ProfilePart> All => CollectionsMarshal.AsSpan(_all);

    /// <summary>Turns to a profile, or rather to the one that it was merged into.</summary>
    internal void Of(ProfileKey profile)
    {
        Root = state.Merges.Root(profile);
        _all.Clear();
        _ahead.Push(new ProfilePart(Root, ProfilePart.None, []));
        while (_ahead.TryPop(out var part))
        {
            _all.Add(part);

            // The last goes on the stack first, so the first comes off it next.
            var sources = state.Merges.Sources(part.Profile);
            for (var i = sources.Length - 1; i >= 0; i--)
            {
                _ahead.Push(new ProfilePart(sources[i].Profile, _all.Count - 1, sources[i].Tails));
            }
        }
    }

    /// <summary>Gets the number of the part that answered when a record of a part was written.</summary>
    /// <remarks>
    /// Whoever is merged into another takes nobody in any more, so on the way to the root every merge came after the one before
    /// it: the record was told to the part that it gets to by those that were there already.
    /// </remarks>
    internal int Answering(int part, long address)
    {
        var lane = _all[part].Profile.Lane;
        while (_all[part] is { Above: not ProfilePart.None } source && address >= source.Tails[lane])
        {
            part = source.Above;
        }

        return part;
    }
}

/// <summary>A profile of the tree.</summary>
/// <param name="Profile">The profile.</param>
/// <param name="Above">The number of the part that it was merged into; <see cref="None"/> of the root.</param>
/// <param name="Tails">The tails of all logs at that merge.</param>
internal readonly record struct ProfilePart(ProfileKey Profile, int Above, long[] Tails)
{
    internal const int None = -1;
}
