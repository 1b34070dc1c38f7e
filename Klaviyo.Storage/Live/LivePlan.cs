using System.Collections.Frozen;
using Klaviyo.Storage.Lanes;

namespace Klaviyo.Storage.Live;

/// <summary>Which segments are kept current, of which atoms they are made, and which of these a write or time can change.</summary>
/// <remarks>
/// An atom is a condition that asks about the profile itself; equal ones are one atom, whichever segments they stand in, and who asks
/// for another segment asks for its atoms. Sets of atoms and of segments are masks. Made anew whenever something is defined; atoms keep their numbers meanwhile.
/// </remarks>
/// <threadsafety>One caller at a time, because walks share memory: the gate of the only lane, or one plan a lane.</threadsafety>
internal sealed class LivePlan
{
    private readonly Dictionary<string, MetricTouch> _byMetric = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong[]> _byProperty = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong[]> _byGroup = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ulong[]> _byChannel = new(StringComparer.Ordinal);
    private readonly SegmentDefinition?[] _segments;
    private readonly SegmentExpression?[] _expressions;
    private readonly Condition?[] _atoms;
    private readonly ulong[][] _segmentsOfAtom;
    private readonly FrozenDictionary<string, int> _ready;
    private readonly string?[] _faults;
    private readonly System.Threading.Lock _failing = new();

    /// <summary>Makes the plan of what is defined.</summary>
    /// <param name="definitions">What is defined.</param>
    /// <param name="numbers">The numbers of atoms, which are added to.</param>
    /// <param name="builtFor">For how many definitions the members of a segment are right, in every lane.</param>
    /// <param name="zone">The account's zone.</param>
    internal LivePlan(Definitions definitions, Dictionary<Condition, int> numbers, Func<int, int> builtFor, AccountZone zone)
    {
        Definitions = definitions.All.Count;
        _segments = [.. definitions.SegmentNames.Select(definitions.Segment)];
        Names = [.. definitions.SegmentNames];
        _expressions = [.. _segments.Select(s => s is null ? null : Express(s, definitions, atom => NumberOf(numbers, atom)))];
        (Planes, AtomPlanes) = (Mask.WordsFor(_segments.Length), Mask.WordsFor(numbers.Count));
        (All, Building, Failed) = (new ulong[Planes], new ulong[Planes], new ulong[Planes]);
        (Atoms, TimedAtoms, BuildingAtoms, OtherAtoms, FailedAtoms) =
            (new ulong[AtomPlanes], new ulong[AtomPlanes], new ulong[AtomPlanes], new ulong[AtomPlanes], new ulong[AtomPlanes]);
        _faults = new string?[_segments.Length];
        _atoms = new Condition?[numbers.Count];
        _segmentsOfAtom = [.. numbers.Select(_ => new ulong[Planes])];
        for (var segment = 0; segment < _segments.Length; segment++)
        {
            if (_segments[segment] is { } definition)
            {
                Add(definitions, numbers, segment, definition, builtFor(segment));
            }
        }

        Windows = AddAtoms(definitions, zone);
        _ready = Enumerable.Range(0, _segments.Length)
            .Where(s => _segments[s] is not null && !IsBuilding(s))
            .ToFrozenDictionary(s => Names[s], StringComparer.Ordinal);
    }

    /// <summary>Gets how many definitions there were.</summary>
    internal int Definitions { get; }

    /// <summary>Gets how many words a mask of segments has.</summary>
    internal int Planes { get; }

    /// <summary>Gets how many words a mask of atoms has.</summary>
    internal int AtomPlanes { get; }

    /// <summary>Gets the segments that are defined.</summary>
    internal ulong[] All { get; }

    /// <summary>Gets those of them whose members are not known yet.</summary>
    internal ulong[] Building { get; }

    /// <summary>Gets the segments that could not be evaluated, and are no longer kept current.</summary>
    internal ulong[] Failed { get; }

    /// <summary>Gets the atoms of all segments.</summary>
    internal ulong[] Atoms { get; }

    /// <summary>Gets the atoms that time can change where nothing is dated in the future.</summary>
    internal ulong[] TimedAtoms { get; }

    /// <summary>Gets the atoms of segments that are being built.</summary>
    internal ulong[] BuildingAtoms { get; }

    /// <summary>Gets the atoms that are answered one by one.</summary>
    internal ulong[] OtherAtoms { get; }

    /// <summary>Gets the atoms that could not be answered, and are asked no more.</summary>
    internal ulong[] FailedAtoms { get; }

    /// <summary>Gets what answers the others, metric by metric.</summary>
    internal MetricWindows[] Windows { get; }

    /// <summary>Gets whether any atom asks accounts or custom objects.</summary>
    internal bool ReadsObjects { get; private set; }

    /// <summary>Gets the names, by number.</summary>
    internal IReadOnlyList<string> Names { get; }

    /// <summary>Gets the segments that are not kept current, by number.</summary>
    internal IEnumerable<int> FailedNumbers => Mask.Numbers(Failed);

    /// <summary>Gets the segments that are being built.</summary>
    internal IEnumerable<int> BuildingNumbers => Enumerable.Range(0, _segments.Length).Where(s => IsBuilding(s) && !Mask.Has(Failed, s));

    /// <summary>Finds a segment whose members are known.</summary>
    internal bool TryFind(string name, out int segment) => _ready.TryGetValue(name, out segment) && !Mask.Has(Failed, segment);

    /// <summary>Gets why a segment is not kept current; null where it is, or is being built.</summary>
    internal string? FaultOf(string name)
    {
        lock (_failing)
        {
            return Enumerable.Range(0, _faults.Length).Where(segment => Names[segment] == name).Select(segment => _faults[segment]).FirstOrDefault();
        }
    }

    /// <summary>Notes that atoms cannot be answered, for whatever profile.</summary>
    /// <param name="atoms">The atoms.</param>
    /// <param name="fault">Why.</param>
    /// <returns>The segments that are not kept current from now on.</returns>
    /// <threadsafety>Any caller at any time; others see it soon, and who is told of it before asks no more.</threadsafety>
    internal List<int> Fail(IReadOnlyCollection<int> atoms, string fault)
    {
        lock (_failing)
        {
            // The segments first: who sees that an atom is asked no more must see what that means.
            List<int> failed = [.. Enumerable.Range(0, _segments.Length)
                .Where(segment => _faults[segment] is null && atoms.Any(atom => Mask.Has(SegmentsOf(atom), segment)))];
            failed.ForEach(segment => Fail(segment, fault));
            Interlocked.MemoryBarrier();
            foreach (var atom in atoms)
            {
                Mask.Set(FailedAtoms, atom);
            }

            return failed;
        }
    }

    internal bool IsBuilding(int segment) => Mask.Has(Building, segment);

    /// <summary>Gets an atom that is in the plan.</summary>
    internal Condition Atom(int number) => _atoms[number]!;

    /// <summary>Gets the segments that an atom is in.</summary>
    internal ulong[] SegmentsOf(int atom) => _segmentsOfAtom[atom];

    /// <summary>Gets how a segment that is defined follows from the answers of atoms.</summary>
    internal SegmentExpression Expression(int segment) => _expressions[segment]!;

    /// <summary>Gets the atoms that an event of a metric can change; null for none.</summary>
    internal MetricTouch? OfMetric(string metric) => _byMetric.GetValueOrDefault(metric);

    /// <summary>Gets the atoms that a property can change; null for none.</summary>
    internal ulong[]? OfProperty(string name) => _byProperty.GetValueOrDefault(name);

    /// <summary>Gets the atoms that a list can change; null for none.</summary>
    internal ulong[]? OfGroup(string group) => _byGroup.GetValueOrDefault(group);

    /// <summary>Gets the atoms that a consent can change; null for none.</summary>
    internal ulong[]? OfChannel(string channel) => _byChannel.GetValueOrDefault(channel);

    private static SegmentExpression Express(SegmentDefinition segment, Definitions definitions, Func<Condition, int> numberOf) =>
        SegmentExpression.Of(segment.Root, group => definitions.Segment(group)?.Root, numberOf);

    private static int NumberOf(Dictionary<Condition, int> numbers, Condition atom)
    {
        if (!numbers.TryGetValue(atom, out var number))
        {
            numbers[atom] = number = numbers.Count;
        }

        return number;
    }

    private void Add(Definitions definitions, Dictionary<Condition, int> numbers, int segment, SegmentDefinition definition, int builtFor)
    {
        Mask.Set(All, segment);
        var groups = definitions.AllDependencies(definition).Groups;
        if (groups.Select(definitions.FaultOf).FirstOrDefault(f => f is not null) is { } fault)
        {
            Fail(segment, fault);
        }

        for (var i = definitions.All.Count - 1; i >= builtFor && !IsBuilding(segment); i--)
        {
            var other = definitions.All[i];
            if (other.Kind == StoreDefinition.Zone
                || (other.Kind == StoreDefinition.Segment && (other.Name == Names[segment] || groups.Contains(other.Name))))
            {
                Mask.Set(Building, segment);
            }
        }

        _ = Express(definition, definitions, atom =>
        {
            var number = numbers[atom];
            _atoms[number] = atom;
            Mask.Set(Atoms, number);
            Mask.Set(_segmentsOfAtom[number], segment);
            if (IsBuilding(segment))
            {
                Mask.Set(BuildingAtoms, number);
            }

            return number;
        });
    }

    private void Fail(int segment, string fault)
    {
        _faults[segment] = fault;
        Mask.Set(Failed, segment);
    }

    private MetricWindows[] AddAtoms(Definitions definitions, AccountZone zone)
    {
        var windows = new Dictionary<string, MetricWindows>(StringComparer.Ordinal);
        for (var atom = 0; atom < _atoms.Length; atom++)
        {
            if (_atoms[atom] is not { } condition)
            {
                continue;
            }

            var own = new DependencySet();
            condition.AddDependencies(own);
            var reads = definitions.AllDependencies(own);
            Add(_byProperty, reads.Properties, atom);
            Add(_byGroup, reads.Groups, atom);
            Add(_byChannel, reads.Channels, atom);
            ReadsObjects |= reads.ObjectTypes.Count > 0;
            if (IsTimed(condition, definitions))
            {
                Mask.Set(TimedAtoms, atom);
            }

            if (MetricWindows.TryAdd(windows, atom, condition, zone, AtomPlanes) is { } counted)
            {
                TouchOf(counted.Metric).Windows = counted;
                continue;
            }

            Mask.Set(OtherAtoms, atom);
            foreach (var metric in reads.Metrics)
            {
                TouchOf(metric).Add(atom, condition);
            }
        }

        return [.. windows.Values];
    }

    private MetricTouch TouchOf(string metric)
    {
        if (!_byMetric.TryGetValue(metric, out var touch))
        {
            _byMetric[metric] = touch = new MetricTouch(AtomPlanes);
        }

        return touch;
    }

    // What is not known to be constant in time is taken for what is not.
    private static bool IsTimed(Condition atom, Definitions definitions)
    {
        return atom switch
        {
            ProfilePropertyCondition property => property.Filter.DependsOnTime,
            RandomSampleCondition => false,
            ProfileMetricCondition metric => metric.Window is not AlltimeDateFilter || metric.Where.Any(w => w.Filter is { DependsOnTime: true }),
            GroupMembershipCondition group => group.Joined is not null || group.Groups.Any(g => definitions.Segment(g) is not null),
            _ => true,
        };
    }

    private void Add(Dictionary<string, ulong[]> masks, IEnumerable<string> names, int atom)
    {
        foreach (var name in names)
        {
            if (!masks.TryGetValue(name, out var mask))
            {
                masks[name] = mask = new ulong[AtomPlanes];
            }

            Mask.Set(mask, atom);
        }
    }
}
