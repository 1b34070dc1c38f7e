using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Lanes;

/// <summary>Reads a profile whole: for people, templates and export.</summary>
internal static class ProfileReader
{
    /// <summary>Gets the identifiers of a profile and of all that was merged into it, the strongest kinds first.</summary>
    internal static IReadOnlyList<Identifier> Identifiers(Profile root) =>
        [.. root.Tree.SelectMany(p => p.Identifiers).OrderBy(i => i.Kind.Strength)];

    /// <summary>Gets the identifier of a kind that was given first.</summary>
    internal static string? IdentifierOf(Profile root, IdentifierKind kind)
    {
        foreach (var part in root.Tree)
        {
            foreach (var identifier in part.Identifiers)
            {
                if (identifier.Kind == kind)
                {
                    return identifier.Value;
                }
            }
        }

        return null;
    }

    /// <summary>Gets all properties at an instant, by name.</summary>
    internal static PropertyMap Properties(LaneHistory history, Instant at)
    {
        var map = new PropertyMap();
        foreach (var name in history.PropertyNames().Order(StringComparer.Ordinal))
        {
            var value = history.Property(name, at);
            if (!value.IsNull)
            {
                map[name] = value;
            }
        }

        return map;
    }

    /// <summary>Reads a profile as it was at an instant.</summary>
    /// <returns>Null where it did not exist yet.</returns>
    internal static CustomerProfile? Profile(LaneHistory history, StoreState state, Instant at)
    {
        if (history.Created > at)
        {
            return null;
        }

        var root = history.Root;
        var context = new EvaluationContext(history, at, state.Zone);
        return new CustomerProfile(
            history.Id,
            Identifiers(root),
            history.Created,
            Properties(history, at),
            [.. Names(root, state, p => p.Consents.Select(c => c.Channel)).Select(c => history.Consent(c, at)).OfType<Consent>()],
            Lists(history, state, at),
            [.. state.Definitions.Segments.Where(s => s.Value.Holds(context)).Select(s => s.Key).Order(StringComparer.Ordinal)],
            Metrics(history, state, at));
    }

    private static SortedDictionary<string, Instant> Lists(LaneHistory history, StoreState state, Instant at)
    {
        var lists = new SortedDictionary<string, Instant>(StringComparer.Ordinal);
        foreach (var list in Names(history.Root, state, p => p.Lists.Select(l => l.List)))
        {
            if (history.MemberSince(list, at) is { } since)
            {
                lists[list] = since;
            }
        }

        return lists;
    }

    private static SortedDictionary<string, MetricTotals> Metrics(LaneHistory history, StoreState state, Instant at)
    {
        var totals = new SortedDictionary<string, MetricTotals>(StringComparer.Ordinal);
        foreach (var metric in Names(history.Root, state, p => Enumerable.Range(0, p.Timeline.Count).Select(p.Timeline.Rows.Metric)))
        {
            var query = new AggregateQuery { Metric = metric, Measures = [Measure.Count, Measure.Sum] };
            var answer = Aggregator.Evaluate(query, new EvaluationContext(history, at, state.Zone)).Values;
            var rows = history.Events(metric, TimeRange.All.UpTo(at));
            if (!rows.IsEmpty)
            {
                totals[metric] = new((long)answer[0].AsNumber(), answer[1].AsNumber(), rows[0].Time, rows[^1].Time);
            }
        }

        return totals;
    }

    private static IEnumerable<string> Names(Profile root, StoreState state, Func<Profile, IEnumerable<int>> codes) =>
        root.Tree.SelectMany(p => codes(p).Distinct().Select(c => state.Lanes[p.Lane].Names[c])).Distinct(StringComparer.Ordinal);
}
