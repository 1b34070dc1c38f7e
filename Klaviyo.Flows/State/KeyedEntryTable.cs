namespace Klaviyo.Flows.State;

/// <summary>When profiles last entered flows by key, of entries whose runs have ended.</summary>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class KeyedEntryTable
{
    private readonly Dictionary<int, Dictionary<(int Flow, string Key), Instant>> _entries = [];

    /// <summary>Gets whether there are none.</summary>
    internal bool IsEmpty => _entries.Count == 0;

    /// <summary>Gets when a profile last entered a flow with a key; null for never.</summary>
    internal Instant? this[int flow, int ordinal, string key] =>
        _entries.TryGetValue(ordinal, out var own) && own.TryGetValue((flow, key), out var at) ? at : null;

    /// <summary>Notes an entry, unless a later one is known.</summary>
    internal void Note(int flow, int ordinal, string key, Instant at)
    {
        if (!_entries.TryGetValue(ordinal, out var own))
        {
            _entries.Add(ordinal, own = []);
        }

        own[(flow, key)] = own.TryGetValue((flow, key), out var known) && known > at ? known : at;
    }

    /// <summary>Gives the entries of a profile to another.</summary>
    internal void Merge(int source, int destination)
    {
        if (_entries.Remove(source, out var own))
        {
            foreach (var ((flow, key), at) in own)
            {
                Note(flow, destination, key, at);
            }
        }
    }

    /// <summary>Forgets the entries of a profile.</summary>
    internal void Erase(int ordinal) => _entries.Remove(ordinal);

    /// <summary>Gets the entries by profile, flow and key.</summary>
    internal IReadOnlyList<(int Flow, int Ordinal, string Key, Instant At)> InOrder()
    {
        return [.. _entries
            .SelectMany(p => p.Value.Select(e => (e.Key.Flow, Ordinal: p.Key, e.Key.Key, At: e.Value)))
            .OrderBy(e => e.Ordinal).ThenBy(e => e.Flow).ThenBy(e => e.Key, StringComparer.Ordinal)];
    }
}
