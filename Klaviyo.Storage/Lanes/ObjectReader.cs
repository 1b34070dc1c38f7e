using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Lanes;

/// <summary>Reads accounts and custom objects, and what profiles are to them.</summary>
internal static class ObjectReader
{
    /// <summary>Reads an object as it was at an instant.</summary>
    /// <returns>Null where it did not exist yet, or is a profile.</returns>
    internal static CustomerObject? Object(LaneHistory history, StoreState state, Instant at)
    {
        if (history.Created > at || !state.IsObject(history.Root))
        {
            return null;
        }

        var name = ProfileReader.OwnIdentifiers(state, history.Root)[0];
        var properties = new PropertyMap();
        foreach (var (property, value) in ProfileReader.Properties(history, at).AsSpan())
        {
            if (property != name.Kind.Name)
            {
                properties[property] = value;
            }
        }

        return new CustomerObject(
            history.Id,
            name.Kind.ObjectType!,
            name.Value,
            history.Created,
            properties,
            ProfileReader.Metrics(history, state, at));
    }

    /// <summary>Reads all relations of one side up to an instant. The caller holds every gate.</summary>
    internal static List<Relation> Relations(StoreState state, ProfileKey root, string? name, Instant at)
    {
        var words = new List<Word>();
        foreach (var part in state.Merges.Tree(root))
        {
            AddWords(state, part, name, at, words);
        }

        var relations = new List<Relation>();
        foreach (var pair in words.GroupBy(w => (w.Name, w.Other)))
        {
            AddRelations(state, pair.Key.Name, pair.Key.Other, pair, relations);
        }

        return [.. relations.OrderBy(r => r.Name, StringComparer.Ordinal).ThenBy(r => r.Since).ThenBy(r => r.OtherId)];
    }

    // The other side may have been merged since, or erased.
    private static void AddWords(StoreState state, ProfileKey part, string? name, Instant at, List<Word> words)
    {
        var lane = state.Lanes[part.Lane];
        foreach (var fact in lane.Profiles.Facts(part.Ordinal).Of(FactKind.Relation))
        {
            var said = lane.Names[fact.Name];
            var other = state.Merges.Root(fact.Other);
            if (fact.TimeMs <= at.UnixMs && (name is null || said == name) && !state.IsErased(other))
            {
                words.Add(new Word(said, other, fact.TimeMs, fact.Address, fact.Related));
            }
        }
    }

    private static void AddRelations(
        StoreState state, string name, ProfileKey other, IEnumerable<Word> words, List<Relation> relations)
    {
        var identifier = ProfileReader.Identifiers(state, other)[0];
        Instant? since = null;

        // Of the words of one instant the last holds.
        foreach (var moment in words.OrderBy(w => w.TimeMs).ThenBy(w => w.Address).GroupBy(w => w.TimeMs))
        {
            var related = moment.Last().Related;
            var time = Instant.FromUnixMs(moment.Key);
            if (!related && since is { } began)
            {
                relations.Add(new Relation(name, other.Id, identifier, began, time));
            }

            since = related ? since ?? time : null;
        }

        if (since is { } lasting)
        {
            relations.Add(new Relation(name, other.Id, identifier, lasting, null));
        }
    }

    private readonly record struct Word(string Name, ProfileKey Other, long TimeMs, long Address, bool Related);
}
