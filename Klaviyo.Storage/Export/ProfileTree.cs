using Klaviyo.Storage.Index;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Export;

/// <summary>Everything that was written to a profile and to all that was merged into it, in the order of arrival.</summary>
/// <remarks>
/// What a value counts for depends on the merges that came after it, so merges are places in the order: phase 0 is before the
/// first. Between lanes there is no order but that.
/// </remarks>
internal sealed class ProfileTree
{
    private List<ExportedFact> _facts = [];

    private ProfileTree(ProfileKey root, ExportCut cut) => (Root, Merges) = (root, cut.Merges(root));

    internal ProfileKey Root { get; }

    /// <summary>Gets the merges, the first first: the one at index n ends phase n.</summary>
    internal IReadOnlyList<(ProfileKey Destination, MergedSource Source)> Merges { get; }

    /// <summary>Gets all that was written, in order.</summary>
    internal IReadOnlyList<ExportedFact> Facts => _facts;

    /// <summary>Gets the earliest time of anything written to each part.</summary>
    internal Dictionary<ProfileKey, Instant> Created { get; } = [];

    /// <summary>Takes a tree. The caller holds every gate that it needs.</summary>
    internal static ProfileTree Take(ProfileKey root, ExportCut cut, StoreState state)
    {
        var tree = new ProfileTree(root, cut);
        foreach (var part in cut.Tree(root).Where(p => !state.IsErased(p) && state.Slot(p).CreatedMs != long.MaxValue))
        {
            tree.Created[part] = Instant.FromUnixMs(state.Slot(part).CreatedMs);
            tree.AddFacts(part, cut, state);
            tree.AddEvents(part, cut, state.Lanes[part.Lane]);
        }

        // Stable: the facts of one record stay in their order.
        tree._facts = [.. tree._facts.OrderBy(f => f.Phase).ThenBy(f => f.Address).ThenBy(f => f.Profile.Lane)];
        return tree;
    }

    /// <summary>Gets the identifiers that a profile was created with, in order.</summary>
    internal static List<Identifier> FirstIdentifiers(ProfileKey profile, StoreState state)
    {
        var lane = state.Lanes[profile.Lane];
        var first = new List<Identifier>();
        long? address = null;
        foreach (var fact in lane.Profiles.Facts(profile.Ordinal).Of(FactKind.Identifier))
        {
            address ??= fact.Address;
            if (fact.Address == address)
            {
                first.Add(Identifier.Of(IdentifierKind.Of(lane.Names[fact.Name]), fact.Text));
            }
        }

        return first;
    }

    private void AddFacts(ProfileKey part, ExportCut cut, StoreState state)
    {
        var lane = state.Lanes[part.Lane];
        foreach (var fact in lane.Profiles.Facts(part.Ordinal))
        {
            if (cut.Has(part.Lane, fact.Address))
            {
                _facts.Add(new ExportedFact(
                    PhaseOf(part, fact.Address),
                    part,
                    fact.Address,
                    fact.Kind,
                    lane.Names[fact.Name],
                    Instant.FromUnixMs(fact.TimeMs),
                    ValueOf(fact, state, lane.Names),
                    fact.Kind == FactKind.Consent ? fact.Status : default,
                    fact.Kind == FactKind.Relation && fact.Related));
            }
        }
    }

    private void AddEvents(ProfileKey part, ExportCut cut, LaneState lane)
    {
        var rows = lane.Profiles.Rows(part.Ordinal).Rows;
        var count = lane.Profiles[part.Ordinal].Timeline.Count;
        for (var row = 0; row < count; row++)
        {
            var address = rows.Address(row);
            if (cut.Has(part.Lane, address))
            {
                _facts.Add(new ExportedFact(PhaseOf(part, address), part, address));
            }
        }
    }

    private static PropertyValue ValueOf(in Fact fact, StoreState state, NameTable names)
    {
        return fact.Kind switch
        {
            FactKind.List => fact.Member,
            FactKind.Consent => fact.Method,
            FactKind.Relation => FirstIdentifiers(fact.Other, state) is [var first, ..] ? first.ToString() : default(PropertyValue),
            _ => fact.Value(names),
        };
    }

    private int PhaseOf(ProfileKey part, long address)
    {
        var phase = 0;
        foreach (var (_, source) in Merges)
        {
            phase += address >= source.Tails[part.Lane] ? 1 : 0;
        }

        return phase;
    }
}
