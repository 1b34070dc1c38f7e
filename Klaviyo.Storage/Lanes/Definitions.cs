using Klaviyo.Json;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

/// <summary>What was defined by name: segments here, other kinds by an extension. The last definition of a name holds.</summary>
/// <remarks>
/// A segment has a number, by which records and columns of bits name it: the how many-th name it was. It keeps it for ever,
/// also when it is removed and defined again.
/// </remarks>
/// <threadsafety>Changed under every gate; read under any.</threadsafety>
internal sealed class Definitions(DefinitionEnvironment environment)
{
    private readonly List<DefinitionRecord> _all = [];
    private readonly Dictionary<string, SegmentDefinition> _segments = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _faults = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private readonly Dictionary<string, HashSet<string>> _askers = new(StringComparer.Ordinal);

    /// <summary>Gets every definition in the order of the log, also those that were replaced.</summary>
    internal IReadOnlyList<DefinitionRecord> All => _all;

    /// <summary>Gets whether a segment ever asked accounts or custom objects.</summary>
    internal bool ReadObjects { get; private set; }

    /// <summary>Gets the segments by name.</summary>
    internal IReadOnlyDictionary<string, SegmentDefinition> Segments => _segments;

    /// <summary>Gets the account's zone of which the members of segments are; UTC where it was never another.</summary>
    internal string Zone { get; private set; } = AccountZone.Utc.Name;

    /// <summary>Gets the names that segments ever had, by their numbers.</summary>
    internal IReadOnlyList<string> SegmentNames => _names;

    /// <summary>Gets the segments that are defined and cannot be read.</summary>
    internal IReadOnlyCollection<string> Unreadable => _faults.Keys;

    /// <summary>Gets their numbers.</summary>
    internal IEnumerable<int> UnreadableNumbers => _faults.Keys.Select(name => _numbers[name]);

    internal SegmentDefinition? Segment(string name) => _segments.GetValueOrDefault(name);

    /// <summary>Gets the text of the last definition of a segment.</summary>
    internal string TextOf(string name) => _all.Last(d => d.Kind == StoreDefinition.Segment && d.Name == name).Text;

    /// <summary>Gets why a segment that is defined cannot be read; null for all others.</summary>
    internal string? FaultOf(string name) => _faults.GetValueOrDefault(name);

    /// <summary>Finds the rule of what a condition calls a list or segment.</summary>
    /// <returns>Null for a list.</returns>
    /// <exception cref="DefinitionException">It is a segment that cannot be read.</exception>
    internal SegmentDefinition? SegmentAskedFor(string group)
    {
        var segment = Segment(group);
        return segment is null && FaultOf(group) is { } fault ? throw new DefinitionException("$", fault) : segment;
    }

    /// <summary>Finds the number of a segment that is defined.</summary>
    internal bool TryGetNumber(string name, out int number)
    {
        number = -1;
        return (_segments.ContainsKey(name) || _faults.ContainsKey(name)) && _numbers.TryGetValue(name, out number);
    }

    /// <summary>Reads the text of a definition as every replay will: before it is appended.</summary>
    /// <returns>The segment; null where another kind is defined, or a segment is removed.</returns>
    /// <exception cref="DefinitionException">It is none, or would ask for itself or too much.</exception>
    internal SegmentDefinition? Check(string kind, string name, string text)
    {
        var segment = Read(kind, name, text);
        if (segment is not null)
        {
            ThrowIfTooLarge(name, segment);
        }

        return segment;
    }

    /// <summary>Takes a definition that was read back.</summary>
    /// <remarks>
    /// One that another version took, and this one refuses, keeps no store from opening: the segment is defined, its name says why
    /// nothing is known of it, and a new definition puts it right.
    /// </remarks>
    internal void Apply(DefinitionRecord definition)
    {
        try
        {
            Apply(definition, Read(definition.Kind, definition.Name, definition.Text));
        }
        catch (DefinitionException refused)
        {
            Apply(definition, segment: null);
            _faults[definition.Name] = $"The definition of the segment '{definition.Name}' cannot be read: {refused.Message}";
        }
    }

    /// <summary>Takes a definition, and what <see cref="Check"/> made of it.</summary>
    internal void Apply(DefinitionRecord definition, SegmentDefinition? segment)
    {
        _all.Add(definition);
        Zone = definition.Kind == StoreDefinition.Zone ? definition.Text : Zone;
        if (definition.Kind != StoreDefinition.Segment)
        {
            return;
        }

        if (_numbers.TryAdd(definition.Name, _names.Count))
        {
            _names.Add(definition.Name);
        }

        NoteAskers(definition.Name, segment);
        _faults.Remove(definition.Name);
        if (segment is null)
        {
            _segments.Remove(definition.Name);
        }
        else
        {
            _segments[definition.Name] = segment;
            ReadObjects |= segment.Dependencies.ObjectTypes.Count > 0;
        }
    }

    /// <summary>Gets what a segment reads, also through the segments that it asks for.</summary>
    internal DependencySet AllDependencies(SegmentDefinition segment) => AllDependencies(segment.Dependencies);

    /// <summary>Gets what something reads, also through the segments that it asks for.</summary>
    internal DependencySet AllDependencies(DependencySet reads)
    {
        var all = new DependencySet();
        var (open, seen) = (new Stack<DependencySet>([reads]), new HashSet<string>(StringComparer.Ordinal));
        while (open.TryPop(out var next))
        {
            all.UnionWith(next);
            foreach (var group in next.Groups)
            {
                if (seen.Add(group) && Segment(group) is { } inner)
                {
                    open.Push(inner.Dependencies);
                }
            }
        }

        return all;
    }

    /// <summary>Gets the segments that ask for one, directly or not; the nearer first.</summary>
    internal IReadOnlyList<string> Dependents(string name)
    {
        var (found, seen) = (new List<string> { name }, new HashSet<string>(StringComparer.Ordinal) { name });
        for (var i = 0; i < found.Count; i++)
        {
            found.AddRange((_askers.GetValueOrDefault(found[i]) ?? []).Where(seen.Add));
        }

        return found[1..];
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

    private SegmentDefinition? Read(string kind, string name, string text)
    {
        if (kind != StoreDefinition.Segment || text.Length == 0)
        {
            return null;
        }

        var segment = SegmentJson.Parse(text, environment);
        ThrowIfCircular(name, segment);
        return segment;
    }

    // Those that ask for it, directly or not, grow with it.
    private void ThrowIfTooLarge(string name, SegmentDefinition segment)
    {
        var known = new Dictionary<string, SegmentExtent>(StringComparer.Ordinal);
        foreach (var next in Dependents(name).Prepend(name))
        {
            if (ExtentOf(next).Excess is { } excess)
            {
                throw new DefinitionException("$", next == name
                    ? $"The segment '{name}' {excess}."
                    : $"With it the segment '{next}', which asks for it, {excess}.");
            }
        }

        SegmentExtent ExtentOf(string group)
        {
            if (!known.TryGetValue(group, out var extent) && (group == name ? segment : Segment(group)) is { } definition)
            {
                known[group] = extent = SegmentExtent.Of(definition, ExtentOf);
            }

            return extent;
        }
    }

    private static IEnumerable<string> GroupsOf(SegmentDefinition? segment) => segment?.Dependencies.Groups ?? Enumerable.Empty<string>();

    private void NoteAskers(string name, SegmentDefinition? segment)
    {
        foreach (var group in GroupsOf(Segment(name)))
        {
            _askers[group].Remove(name);
        }

        foreach (var group in GroupsOf(segment))
        {
            if (!_askers.TryGetValue(group, out var askers))
            {
                _askers[group] = askers = new HashSet<string>(StringComparer.Ordinal);
            }

            askers.Add(name);
        }
    }
}

/// <summary>The kinds of definition that a store knows by itself.</summary>
internal static class StoreDefinition
{
    internal const string Segment = "segment";

    /// <summary>The account's zone from then on, as the text of the definition.</summary>
    internal const string Zone = "zone";
}
