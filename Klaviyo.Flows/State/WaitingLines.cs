namespace Klaviyo.Flows.State;

/// <summary>Who stands in which line, flow by flow.</summary>
/// <remarks>Derived: where a run stands is kept with the run.</remarks>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class WaitingLines
{
    private readonly SortedDictionary<string, SortedDictionary<int, SortedSet<LinePlace>>> _lines = new(StringComparer.Ordinal);

    /// <summary>Gets the lines in which anyone stands, in order.</summary>
    internal IReadOnlyCollection<string> Names => _lines.Keys;

    /// <summary>Gets whether nobody stands anywhere.</summary>
    internal bool IsEmpty => _lines.Count == 0;

    /// <summary>Gets the flows of which anyone stands in a line, with the first of each.</summary>
    internal IEnumerable<(int Flow, LinePlace First)> Heads(string line) =>
        _lines.TryGetValue(line, out var flows) ? flows.Select(f => (f.Key, f.Value.Min)) : [];

    /// <summary>Puts somebody into a line.</summary>
    internal void Add(string line, int flow, in LinePlace place)
    {
        if (!_lines.TryGetValue(line, out var flows))
        {
            _lines.Add(line, flows = []);
        }

        if (!flows.TryGetValue(flow, out var places))
        {
            flows.Add(flow, places = []);
        }

        places.Add(place);
    }

    /// <summary>Takes somebody out of a line.</summary>
    /// <returns><see langword="false"/> if nobody stood there.</returns>
    internal bool Remove(string line, int flow, in LinePlace place)
    {
        if (!_lines.TryGetValue(line, out var flows) || !flows.TryGetValue(flow, out var places) || !places.Remove(place))
        {
            return false;
        }

        if (places.Count == 0 && flows.Remove(flow) && flows.Count == 0)
        {
            _lines.Remove(line);
        }

        return true;
    }
}
