using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Live;

/// <summary>Which segments are kept current, and which of them a write can change.</summary>
/// <remarks>
/// Sets of segments are masks: a word for each 64, as in <see cref="BitColumns"/>. A segment that asks for others depends on what
/// they read. Made anew whenever something is defined.
/// </remarks>
/// <threadsafety>Immutable.</threadsafety>
internal sealed class LivePlan
{
    private readonly Dictionary<string, ulong[]> _byMetric = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong[]> _byProperty = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong[]> _byGroup = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong[]> _byChannel = new(StringComparer.Ordinal);
    private readonly SegmentDefinition?[] _segments;

    /// <summary>Makes the plan of what is defined.</summary>
    /// <param name="definitions">What is defined.</param>
    /// <param name="builtFor">For how many definitions the members of a segment are right, in every lane.</param>
    internal LivePlan(Definitions definitions, Func<int, int> builtFor)
    {
        Definitions = definitions.All.Count;
        _segments = [.. definitions.SegmentNames.Select(definitions.Segment)];
        Names = [.. definitions.SegmentNames];
        Planes = (_segments.Length + BitColumns.SegmentsInWord - 1) / BitColumns.SegmentsInWord;
        (All, Building) = (new ulong[Planes], new ulong[Planes]);
        for (var segment = 0; segment < _segments.Length; segment++)
        {
            if (_segments[segment] is { } definition)
            {
                Add(definitions, segment, definition, builtFor(segment));
            }
        }
    }

    /// <summary>Gets how many definitions there were.</summary>
    internal int Definitions { get; }

    /// <summary>Gets how many words a mask has.</summary>
    internal int Planes { get; }

    /// <summary>Gets the segments that are defined.</summary>
    internal ulong[] All { get; }

    /// <summary>Gets those of them whose members are not known yet.</summary>
    internal ulong[] Building { get; }

    /// <summary>Gets the names, by number.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <summary>Gets the definition of a segment that is defined.</summary>
    internal SegmentDefinition this[int segment] => _segments[segment]!;

    internal bool IsBuilding(int segment) => (Building[segment / BitColumns.SegmentsInWord] >> (segment % BitColumns.SegmentsInWord) & 1) != 0;

    /// <summary>Gets the segments that are being built.</summary>
    internal IEnumerable<int> BuildingNumbers => Enumerable.Range(0, _segments.Length).Where(IsBuilding);

    /// <summary>Gets the segments that an event of a metric can change; null for none.</summary>
    internal ulong[]? OfMetric(string metric) => _byMetric.GetValueOrDefault(metric);

    /// <summary>Gets the segments that a property can change; null for none.</summary>
    internal ulong[]? OfProperty(string name) => _byProperty.GetValueOrDefault(name);

    /// <summary>Gets the segments that a list can change; null for none.</summary>
    internal ulong[]? OfGroup(string group) => _byGroup.GetValueOrDefault(group);

    /// <summary>Gets the segments that a consent can change; null for none.</summary>
    internal ulong[]? OfChannel(string channel) => _byChannel.GetValueOrDefault(channel);

    private void Add(Definitions definitions, int segment, SegmentDefinition definition, int builtFor)
    {
        Set(All, segment);
        var reads = definitions.AllDependencies(definition);
        Add(_byMetric, reads.Metrics, segment);
        Add(_byProperty, reads.Properties, segment);
        Add(_byGroup, reads.Groups, segment);
        Add(_byChannel, reads.Channels, segment);
        for (var i = definitions.All.Count - 1; i >= builtFor; i--)
        {
            var other = definitions.All[i];
            if (other.Kind == StoreDefinition.Segment && (other.Name == Names[segment] || reads.Groups.Contains(other.Name)))
            {
                Set(Building, segment);
                return;
            }
        }
    }

    private void Add(Dictionary<string, ulong[]> masks, IEnumerable<string> names, int segment)
    {
        foreach (var name in names)
        {
            if (!masks.TryGetValue(name, out var mask))
            {
                masks[name] = mask = new ulong[Planes];
            }

            Set(mask, segment);
        }
    }

    private static void Set(ulong[] mask, int segment) =>
        mask[segment / BitColumns.SegmentsInWord] |= 1UL << (segment % BitColumns.SegmentsInWord);
}
