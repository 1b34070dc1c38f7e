using Klaviyo.Flows.Interpreter;

namespace Klaviyo.Flows.State;

/// <summary>What went through the lines lately, by line.</summary>
/// <remarks>An image is made of pages of one line.</remarks>
/// <threadsafety>One caller at a time.</threadsafety>
internal sealed class RateTable
{
    private readonly SortedDictionary<string, RateWindow> _windows = new(StringComparer.Ordinal);

    /// <summary>Gets what went through a line; null for nothing.</summary>
    internal RateWindow? Find(string line) => _windows.GetValueOrDefault(line);

    /// <summary>Gets the lines of which messages were taken whose attempt is not known to have begun, and how many.</summary>
    internal IEnumerable<(string Line, int Count)> Open() =>
        _windows.Where(w => w.Value.Open > 0).Select(w => (w.Key, w.Value.Open));

    /// <summary>Takes a change in.</summary>
    /// <exception cref="InvalidDataException">More is settled than was taken.</exception>
    internal void Apply(in RateChange change)
    {
        if (!_windows.TryGetValue(change.Line, out var window))
        {
            _windows.Add(change.Line, window = new RateWindow());
        }

        window.Image?.Keep(window.Page);
        window.Apply(change);
    }

    /// <summary>Gets the lines through which anything went, in order.</summary>
    internal KeyValuePair<string, RateWindow>[] InOrder() => [.. _windows];

    /// <summary>Takes up a line that was saved.</summary>
    internal void Restore(string line, RateWindow window) => _windows.Add(line, window);

    /// <summary>Gets what went through the lines of all channels.</summary>
    internal IEnumerable<RateWindow> OfChannels() => _windows.Where(w => LineNames.IsOfChannel(w.Key)).Select(w => w.Value);

    /// <summary>Gets when the last one went through a line over several lanes, in milliseconds.</summary>
    internal static long TakenMs(IEnumerable<RateWindow> windows) => windows.Select(w => w.TakenMs).DefaultIfEmpty(long.MinValue).Max();

    /// <summary>Gets when there is room for two limits; null where that is not known of one.</summary>
    internal static Instant? Later(Instant? one, Instant? other) =>
        one is null || other is null ? null : one > other ? one : other;

    /// <summary>Gets when there is room in a line over several lanes.</summary>
    /// <param name="windows">What went through the line, by lane.</param>
    /// <param name="limit">The limit.</param>
    /// <param name="at">The instant of the question.</param>
    /// <returns>The instant itself if there is now; null where that depends on attempts under way.</returns>
    internal static Instant? RoomAt(IReadOnlyList<RateWindow> windows, RateLimit limit, Instant at)
    {
        var used = windows.Sum(w => w.Used(at, limit));
        if (used < limit.Count)
        {
            return at;
        }

        foreach (var (ms, count) in windows.SelectMany(w => w.Passed()).Where(p => p.AtMs > at.UnixMs - limit.WindowMs).OrderBy(p => p.AtMs))
        {
            used -= count;
            if (used < limit.Count)
            {
                return Instant.FromUnixMs(ms + limit.WindowMs);
            }
        }

        return null;
    }
}
