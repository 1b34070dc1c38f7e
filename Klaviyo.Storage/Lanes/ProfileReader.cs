using Klaviyo.Storage.Errors;
using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Lanes;

/// <summary>Reads a profile whole: for people, templates and export.</summary>
internal static class ProfileReader
{
    /// <summary>Gets the identifiers of a profile and of all that was merged into it, the strongest kinds first.</summary>
    internal static IReadOnlyList<Identifier> Identifiers(StoreState state, ProfileKey root) =>
        [.. state.Merges.Tree(root).SelectMany(p => OwnIdentifiers(state, p)).OrderBy(i => i.Kind.Strength)];

    /// <summary>Gets the identifiers that were given to a profile itself, in order.</summary>
    internal static List<Identifier> OwnIdentifiers(StoreState state, ProfileKey profile) =>
        OwnIdentifiers(state.Lanes[profile.Lane], profile.Ordinal);

    /// <summary>Gets the identifiers that were given to a profile itself, in order.</summary>
    internal static List<Identifier> OwnIdentifiers(LaneState lane, int ordinal)
    {
        var identifiers = new List<Identifier>();
        foreach (var fact in lane.Profiles.Facts(ordinal).Of(FactKind.Identifier))
        {
            if (TryRead(lane, fact, out var identifier))
            {
                identifiers.Add(identifier);
            }
        }

        return identifiers;
    }

    // Only a checkpoint that says what no log says has others; that is for verification to tell.
    private static bool TryRead(LaneState lane, in Fact fact, out Identifier identifier)
    {
        try
        {
            identifier = Identifier.Of(IdentifierKind.Of(lane.Names[fact.Name]), fact.Text);
            return true;
        }
        catch (ArgumentException)
        {
            identifier = default;
            return false;
        }
    }

    /// <summary>Gets the identifier of a kind that was given first.</summary>
    internal static string? IdentifierOf(StoreState state, ProfileKey root, IdentifierKind kind)
    {
        foreach (var part in state.Merges.Tree(root))
        {
            var lane = state.Lanes[part.Lane];
            if (lane.Names.TryGetCode(kind.Name, out var code))
            {
                foreach (var fact in lane.Profiles.Facts(part.Ordinal).Of(FactKind.Identifier, code))
                {
                    return fact.Text;
                }
            }
        }

        return null;
    }

    /// <summary>Whether nothing but anonymous ids name a profile or any that was merged into it.</summary>
    internal static bool IsAnonymous(StoreState state, ProfileKey root) =>
        state.Merges.Tree(root).All(p => OwnIdentifiers(state, p).TrueForAll(i => i.Kind == IdentifierKind.AnonymousId));

    /// <summary>Gets all properties at an instant, by name.</summary>
    internal static PropertyMap Properties(LaneHistory history, Instant at)
    {
        var map = new PropertyMap();
        foreach (var name in history.NamesOf(FactKind.Identifier, FactKind.Property))
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
    /// <returns>Null where it did not exist yet, or is an object.</returns>
    internal static CustomerProfile? Profile(LaneHistory history, StoreState state, Instant at)
    {
        if (history.Created > at || state.IsObject(history.Root))
        {
            return null;
        }

        var context = new EvaluationContext(history, at, state.Zone);
        return new CustomerProfile(
            history.Id,
            Identifiers(state, history.Root),
            history.Created,
            Properties(history, at),
            [.. history.NamesOf(FactKind.Consent).Select(c => history.Consent(c, at)).OfType<Consent>()],
            Lists(history, at),
            // One that cannot be evaluated hides nothing else of the profile; its status says so.
            [.. state.Definitions.Segments.Where(s => DefinitionFault.IsYes(s.Value.Holds, context)).Select(s => s.Key).Order(StringComparer.Ordinal)],
            Metrics(history, state, at));
    }

    private static SortedDictionary<string, Instant> Lists(LaneHistory history, Instant at)
    {
        var lists = new SortedDictionary<string, Instant>(StringComparer.Ordinal);
        foreach (var list in history.NamesOf(FactKind.List))
        {
            if (history.MemberSince(list, at) is { } since)
            {
                lists[list] = since;
            }
        }

        return lists;
    }

    /// <summary>Gets what was done up to an instant, by metric.</summary>
    internal static SortedDictionary<string, MetricTotals> Metrics(LaneHistory history, StoreState state, Instant at)
    {
        var totals = new SortedDictionary<string, MetricTotals>(StringComparer.Ordinal);
        foreach (var metric in history.Metrics())
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
}
