using Klaviyo.Storage.Images;

namespace Klaviyo.Flows.State;

/// <summary>When profiles last entered flows by key, of entries whose runs have ended.</summary>
/// <remarks>In pages of 16 profiles, of which an image is made as well. A profile with many keys makes its page as long.</remarks>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class KeyedEntryTable
{
    private const int PageBits = 4;
    private Dictionary<(int Ordinal, int Flow, string Key), Instant>?[] _pages = [];

    /// <summary>Gets or sets the image under way; null for none.</summary>
    internal PagedImage? Image { get; set; }

    /// <summary>Gets how many pages there are.</summary>
    internal int Pages => _pages.Length;

    /// <summary>Gets whether there never were any.</summary>
    internal bool IsEmpty => _pages.Length == 0;

    /// <summary>Gets when a profile last entered a flow with a key; null for never.</summary>
    internal Instant? this[int flow, int ordinal, string key] =>
        PageOf(ordinal) is { } page && page.TryGetValue((ordinal, flow, key), out var at) ? at : null;

    /// <summary>Notes an entry, unless a later one is known.</summary>
    internal void Note(int flow, int ordinal, string key, Instant at)
    {
        var number = ordinal >> PageBits;
        Image?.Keep(number);
        if (number >= _pages.Length)
        {
            Array.Resize(ref _pages, Math.Max(number + 1, 2 * _pages.Length));
        }

        var page = _pages[number] ??= [];
        page[(ordinal, flow, key)] = page.TryGetValue((ordinal, flow, key), out var known) && known > at ? known : at;
    }

    /// <summary>Gives the entries of a profile to another.</summary>
    internal void Merge(int source, int destination)
    {
        foreach (var (flow, key, at) in Take(source))
        {
            Note(flow, destination, key, at);
        }
    }

    /// <summary>Forgets the entries of a profile.</summary>
    internal void Erase(int ordinal) => Take(ordinal);

    /// <summary>Gets the entries of a page, by profile, flow and key.</summary>
    internal IEnumerable<(int Flow, int Ordinal, string Key, Instant At)> In(int page)
    {
        return _pages[page] is not { Count: > 0 } entries ? [] : entries
            .Select(e => (e.Key.Flow, e.Key.Ordinal, e.Key.Key, At: e.Value))
            .OrderBy(e => e.Ordinal).ThenBy(e => e.Flow).ThenBy(e => e.Key, StringComparer.Ordinal);
    }

    private Dictionary<(int Ordinal, int Flow, string Key), Instant>? PageOf(int ordinal) =>
        ordinal >> PageBits is var page && page < _pages.Length ? _pages[page] : null;

    private List<(int Flow, string Key, Instant At)> Take(int ordinal)
    {
        var own = new List<(int Flow, string Key, Instant At)>();
        if (PageOf(ordinal) is not { } page)
        {
            return own;
        }

        Image?.Keep(ordinal >> PageBits);
        foreach (var ((_, flow, key), at) in page.Where(e => e.Key.Ordinal == ordinal))
        {
            own.Add((flow, key, at));
            page.Remove((ordinal, flow, key));
        }

        return own;
    }
}
