namespace Klaviyo.Storage.Index;

/// <summary>All that one lane holds of one profile.</summary>
/// <remarks>
/// A merge moves nothing. The source keeps what was written through its own identifiers, and points to its destination;
/// the destination lists its sources. Readers walk the tree from its root. So a split is exact: it takes the link away.
/// </remarks>
/// <threadsafety>One caller at a time: the lane's gate.</threadsafety>
internal sealed class Profile(int lane, int ordinal)
{
    private static readonly MergedSource[] NoSources = [];

    /// <summary>Gets the lane that the profile lives in.</summary>
    internal int Lane { get; } = lane;

    /// <summary>Gets the place among the profiles of its lane, in the order of their creation.</summary>
    internal int Ordinal { get; } = ordinal;

    /// <summary>Gets the public id.</summary>
    internal ProfileId Id => new(((long)Ordinal << 8) | (uint)Lane);

    /// <summary>Gets the identifiers that were given to this profile itself, in order.</summary>
    internal List<Identifier> Identifiers { get; } = new(1);

    /// <summary>Gets or sets the earliest time of anything written to this profile itself.</summary>
    internal long CreatedMs { get; set; } = long.MaxValue;

    internal Timeline Timeline { get; } = new();

    internal PropertyLog Properties { get; } = new();

    /// <summary>Gets the list memberships and consents, by (time, arrival).</summary>
    internal List<MembershipEntry> Lists { get; } = [];

    internal List<ConsentEntry> Consents { get; } = [];

    /// <summary>Gets the profile that this one was merged into, where there is one.</summary>
    internal Profile? Destination { get; private set; }

    /// <summary>Gets the profiles that were merged into this one, in order.</summary>
    internal IReadOnlyList<MergedSource> Sources { get; private set; } = NoSources;

    /// <summary>Gets the profile that answers for this one: itself, or what it was merged into.</summary>
    internal Profile Root
    {
        get
        {
            var root = this;
            while (root.Destination is { } destination)
            {
                root = destination;
            }

            return root;
        }
    }

    /// <summary>Gets whether nothing but anonymous ids name this profile or any that was merged into it.</summary>
    internal bool IsAnonymous =>
        Identifiers.TrueForAll(i => i.Kind == IdentifierKind.AnonymousId) && Sources.All(s => s.Profile.IsAnonymous);

    /// <summary>Gets this profile and all that were merged into it, directly or not.</summary>
    internal IEnumerable<Profile> Tree => Sources.SelectMany(s => s.Profile.Tree).Prepend(this);

    /// <summary>Links a source to this profile.</summary>
    internal void Merge(MergedSource source)
    {
        source.Profile.Destination = this;
        Sources = [.. Sources, source];
    }
}

/// <summary>A profile that was merged into another.</summary>
/// <param name="Profile">The source.</param>
/// <param name="TimeMs">When it was merged.</param>
/// <param name="Tails">
/// The tail of every lane's log at that moment: what stands there or behind was written after the merge.
/// </param>
internal readonly record struct MergedSource(Profile Profile, long TimeMs, long[] Tails);

/// <summary>A profile was put on a list or taken off.</summary>
internal readonly record struct MembershipEntry(int List, long TimeMs, long Address, bool Member);

/// <summary>A profile said something about a channel.</summary>
internal readonly record struct ConsentEntry(int Channel, long TimeMs, long Address, ConsentStatus Status, string Method);
