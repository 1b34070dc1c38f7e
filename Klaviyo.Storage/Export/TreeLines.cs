using System.Text.Json;
using Klaviyo.Storage.Index;

namespace Klaviyo.Storage.Export;

/// <summary>Writes the lines of one tree, and knows by which identifier each of its parts is named.</summary>
internal sealed class TreeLines
{
    private readonly ProfileTree _tree;
    private readonly Utf8JsonWriter _writer;
    private readonly Dictionary<ProfileKey, (Identifier Name, long Address)> _names = [];

    internal TreeLines(ProfileTree tree, Utf8JsonWriter writer)
    {
        (_tree, _writer) = (tree, writer);
        foreach (var fact in tree.Facts.Where(f => f.Kind == FactKind.Identifier))
        {
            // In the order of arrival, so the first one is the one that the profile was created with.
            _names.TryAdd(fact.Profile, (fact.Identifier, fact.Address));
        }
    }

    internal ExportedFact At(int index) => _tree.Facts[index];

    /// <summary>Writes the facts that came in one record.</summary>
    /// <param name="first">The index of the first of them.</param>
    /// <param name="count">How many there are.</param>
    /// <returns><see langword="false"/> where they stand elsewhere in the export.</returns>
    internal bool TryWrite(int first, out int count)
    {
        var fact = At(first);
        count = 1;
        while (first + count < _tree.Facts.Count && IsOfOneRecord(fact, At(first + count)))
        {
            count++;
        }

        var facts = Enumerable.Range(first, count).Select(At);
        var (name, created) = _names[fact.Profile];
        switch (fact.Kind)
        {
            case FactKind.Identifier when fact.Address == created:
                return false;
            case FactKind.Identifier:
                ExportLine.WriteIdentifiers(_writer, name, facts.Select(f => f.Identifier), _tree.Created[fact.Profile]);
                return true;
            case FactKind.Property:
                ExportLine.WriteProperties(_writer, name, Map(facts), fact.Time);
                return true;
            case FactKind.Consent:
                var said = new Consent(fact.Name, fact.Status, fact.Time, fact.Value.AsString());
                ExportLine.WriteConsent(_writer, name, said);
                return true;
            case FactKind.Relation:
                // Written once, from the side of the object; a profile that was erased since is no side any more.
                return TryWriteRelation(name, fact);
            case FactKind.List:
                ExportLine.WriteList(_writer, name, fact.Name, new ListChange(fact.Time, fact.Value.AsBoolean()));
                return true;
            default:
                throw new InvalidOperationException($"Unknown fact {fact.Kind}.");
        }
    }

    private bool TryWriteRelation(Identifier side, in ExportedFact fact)
    {
        if (side.Kind.ObjectType is null || fact.Value.IsNull)
        {
            return false;
        }

        ExportLine.WriteRelation(_writer, Identifier.Parse(fact.Value.AsString()), side, fact);
        return true;
    }

    internal void WriteEvent(ProfileKey profile, StoredEvent stored) =>
        ExportLine.WriteEvent(_writer, _names[profile].Name, stored);

    /// <summary>Writes a merge.</summary>
    /// <returns><see langword="false"/> where one side was erased.</returns>
    internal bool TryWriteMerge(int index)
    {
        var (destination, source) = _tree.Merges[index];
        if (!_names.TryGetValue(destination, out var into) || !_names.TryGetValue(source.Profile, out var from))
        {
            return false;
        }

        ExportLine.WriteMerge(_writer, into.Name, from.Name, Instant.FromUnixMs(source.TimeMs));
        return true;
    }

    private static bool IsOfOneRecord(in ExportedFact left, in ExportedFact right) =>
        left.Kind is not null && left.Kind == right.Kind && left.Address == right.Address && left.Profile == right.Profile;

    private static PropertyMap Map(IEnumerable<ExportedFact> facts)
    {
        // In the order of names, because that of the facts is the order in which the lane met them.
        var map = new PropertyMap();
        foreach (var fact in facts.OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            map[fact.Name] = fact.Value;
        }

        return map;
    }
}
