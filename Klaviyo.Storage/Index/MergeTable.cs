using System.Buffers;
using System.Collections.Concurrent;
using Klaviyo.Storage.Images;
using MessagePack;

namespace Klaviyo.Storage.Index;

/// <summary>Which profiles were merged into which.</summary>
/// <remarks>
/// A merge moves nothing. The source keeps what was written through its own identifiers; readers walk the tree from its root.
/// So a split is exact: it takes the link away. An image is made of pages of 16 destinations.
/// </remarks>
/// <threadsafety>Changed under every gate; read under any.</threadsafety>
internal sealed class MergeTable
{
    private const int PageProfiles = 16;
    private static readonly MergedSource[] NoSources = [];
    private readonly ConcurrentDictionary<ProfileKey, ProfileKey> _destinations = new(concurrencyLevel: 1, capacity: 1);
    private readonly Dictionary<ProfileKey, MergedSource[]> _sources = [];

    // By lane, the images under way.
    private readonly Dictionary<int, PagedImage> _images = [];

    /// <summary>Gets how many profiles are merged into another.</summary>
    internal int Count { get; private set; }

    /// <summary>Gets every profile that is merged into another.</summary>
    internal IEnumerable<ProfileKey> AllSources => _destinations.Keys;

    /// <summary>Gets every destination with its sources.</summary>
    internal IEnumerable<KeyValuePair<ProfileKey, MergedSource[]>> All => _sources;

    /// <summary>Gets the profile that answers for one: itself, or what it was merged into.</summary>
    /// <remarks>Safe beside a change: it gives what was right before or is after it.</remarks>
    internal ProfileKey Root(ProfileKey profile)
    {
        while (Count > 0 && _destinations.TryGetValue(profile, out var destination))
        {
            profile = destination;
        }

        return profile;
    }

    /// <summary>Gets the profile that a source was merged into, which may be a source itself.</summary>
    internal ProfileKey DestinationOf(ProfileKey source) => _destinations[source];

    /// <summary>Whether a profile is merged into another.</summary>
    internal bool IsSource(ProfileKey profile) => Count > 0 && _destinations.ContainsKey(profile);

    /// <summary>Gets the profiles that were merged into one, in order.</summary>
    internal MergedSource[] Sources(ProfileKey profile) =>
        _sources.Count > 0 && _sources.TryGetValue(profile, out var sources) ? sources : NoSources;

    /// <summary>Gets a profile and all that were merged into it, directly or not.</summary>
    internal IEnumerable<ProfileKey> Tree(ProfileKey profile) => Tree(profile, Sources);

    /// <summary>Gets a profile and all that were merged into it, directly or not: each is followed by its own.</summary>
    /// <remarks>Without recursion: a chain of merges may be as long as there are profiles.</remarks>
    internal static IEnumerable<ProfileKey> Tree(ProfileKey root, Func<ProfileKey, MergedSource[]> sources)
    {
        var ahead = new Stack<ProfileKey>([root]);
        while (ahead.TryPop(out var profile))
        {
            yield return profile;
            foreach (var source in sources(profile).Reverse())
            {
                ahead.Push(source.Profile);
            }
        }
    }

    /// <summary>Links a source to its destination.</summary>
    internal void Link(ProfileKey destination, in MergedSource source)
    {
        Keep(destination);
        Count += _destinations.ContainsKey(source.Profile) ? 0 : 1;
        _destinations[source.Profile] = destination;
        _sources[destination] = [.. Sources(destination), source];
    }

    /// <summary>Takes the link between a source and its destination away.</summary>
    internal void Unlink(ProfileKey source)
    {
        if (_destinations.TryRemove(source, out var destination))
        {
            Count--;
            Keep(destination);
            _sources[destination] = [.. Sources(destination).Where(s => s.Profile != source)];
            if (_sources[destination].Length == 0)
            {
                _sources.Remove(destination);
            }
        }
    }

    /// <summary>Takes away the links of all sources of which something holds.</summary>
    internal void UnlinkWhere(Func<ProfileKey, bool> holds)
    {
        foreach (var source in _destinations.Keys.Where(holds).ToArray())
        {
            Unlink(source);
        }
    }

    /// <summary>Begins an image of what was merged into profiles of a lane.</summary>
    /// <param name="lane">The lane.</param>
    /// <param name="profiles">How many profiles it has.</param>
    /// <param name="isKept">Whether it stays right while this changes.</param>
    internal PagedImage BeginImage(int lane, int profiles, bool isKept)
    {
        var image = new PagedImage(Count == 0 ? 0 : PagedImage.PagesOf(profiles, PageProfiles), (page, into) => Save(lane, page, into));
        if (isKept)
        {
            _images[lane] = image;
        }

        return image;
    }

    private void Keep(ProfileKey destination)
    {
        if (_images.TryGetValue(destination.Lane, out var image))
        {
            image.Keep(destination.Ordinal / PageProfiles);
        }
    }

    private void Save(int lane, int page, IBufferWriter<byte> into)
    {
        var writer = new MessagePackWriter(into);
        for (var ordinal = page * PageProfiles; ordinal < (page + 1) * PageProfiles; ordinal++)
        {
            var destination = new ProfileKey(lane, ordinal);
            foreach (var source in Sources(destination))
            {
                writer.Write(destination.Id.Value);
                writer.Write(source.Profile.Id.Value);
                writer.Write(source.TimeMs);
                writer.WriteArrayHeader(source.Tails.Length);
                foreach (var tail in source.Tails)
                {
                    writer.Write(tail);
                }
            }
        }

        writer.Flush();
    }
}

/// <summary>A profile that was merged into another.</summary>
/// <param name="Profile">The source.</param>
/// <param name="TimeMs">When it was merged.</param>
/// <param name="Tails">
/// The tail of every lane's log at that moment: what stands there or behind was written after the merge.
/// </param>
internal readonly record struct MergedSource(ProfileKey Profile, long TimeMs, long[] Tails);
