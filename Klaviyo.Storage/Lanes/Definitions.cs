using Klaviyo.Json;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

/// <summary>What was defined by name: segments here, other kinds by an extension. The last definition of a name holds.</summary>
/// <threadsafety>Changed under every gate; read under any.</threadsafety>
internal sealed class Definitions
{
    private readonly List<DefinitionRecord> _all = [];
    private readonly Dictionary<string, SegmentDefinition> _segments = new(StringComparer.Ordinal);

    /// <summary>Gets every definition in the order of the log, also those that were replaced.</summary>
    internal IReadOnlyList<DefinitionRecord> All => _all;

    /// <summary>Gets the segments by name.</summary>
    internal IReadOnlyDictionary<string, SegmentDefinition> Segments => _segments;

    internal SegmentDefinition? Segment(string name) => _segments.GetValueOrDefault(name);

    internal void Apply(DefinitionRecord definition)
    {
        _all.Add(definition);
        if (definition.Kind == StoreDefinition.Segment)
        {
            var segment = SegmentJson.Parse(definition.Text);
            ThrowIfCircular(definition.Name, segment);
            _segments[definition.Name] = segment;
        }
    }

    /// <summary>Refuses a segment that would ask for itself.</summary>
    /// <exception cref="DefinitionException">It goes in a circle; the message names the way.</exception>
    internal void ThrowIfCircular(string name, SegmentDefinition segment)
    {
        var open = new Stack<(string Group, string Way)>(segment.Dependencies.Groups.Select(g => (g, g)));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        while (open.TryPop(out var next))
        {
            if (next.Group == name)
            {
                throw new DefinitionException("$", $"The segment '{name}' would refer to itself: {next.Way}.");
            }

            if (seen.Add(next.Group) && Segment(next.Group) is { } inner)
            {
                foreach (var group in inner.Dependencies.Groups)
                {
                    open.Push((group, $"{next.Way} → {group}"));
                }
            }
        }
    }
}

/// <summary>The kinds of definition that a store knows by itself.</summary>
internal static class StoreDefinition
{
    internal const string Segment = "segment";
}
