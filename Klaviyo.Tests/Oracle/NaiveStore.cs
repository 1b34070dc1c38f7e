using Klaviyo.Tests.Support;

namespace Klaviyo.Tests.Oracle;

// The contract once more, as a list of what was accepted and LINQ over it. Written from semantics.md, not from the engine.
internal sealed class NaiveStore
{
    private readonly List<Entry> _entries = [];
    private readonly List<Merge> _merges = [];
    private readonly Dictionary<Identifier, int> _owners = [];
    private readonly List<List<Identifier>> _identifiers = [];
    private readonly HashSet<int> _erased = [];
    private readonly HashSet<Identifier> _suppressed = [];
    private readonly HashSet<Identifier> _everGiven = [];
    private int _arrivals;

    internal IReadOnlyCollection<Identifier> AllIdentifiers => _owners.Keys;

    internal int Live => Enumerable.Range(0, _identifiers.Count).Count(p => Root(p) == p && !_erased.Contains(p));

    internal int Erasures { get; private set; }

    // Those that named a profile once and name none now.
    internal IEnumerable<Identifier> FreeAgain => _everGiven.Except(_owners.Keys);

    internal int EventCount => _entries.Count(e => e.Write is CustomerEvent);

    internal (int Owner, bool Duplicate, Identifier? Conflict) Apply(CustomerWrite write, Instant now)
    {
        write = write.Time is null ? write with { Time = now } : write;
        var (owner, conflict) = Identify(write.Profile, write.Time!.Value);
        if (write is CustomerEvent { UniqueId: not null } sent && EntriesOf(Root(owner)).Any(e => IsSame(e.Write, sent)))
        {
            return (owner, true, conflict);
        }

        if (write is CustomerEvent { ProfileProperties.Count: > 0 } withProfile)
        {
            var properties = new ProfileWrite { Profile = [], Properties = withProfile.ProfileProperties, Time = write.Time };
            _entries.Add(new Entry(owner, _arrivals++, properties));
        }

        _entries.Add(new Entry(owner, _arrivals++, write));
        return (owner, false, conflict);
    }

    // Every event that was accepted, with whom it belongs to now.
    internal IEnumerable<(int Root, CustomerEvent Sent)> AllEvents() =>
        _entries.Where(e => e.Write is CustomerEvent).Select(e => (Root(e.Owner), (CustomerEvent)e.Write));

    internal bool IsRefused(CustomerWrite write) => write.Profile.Any(_suppressed.Contains);

    // As if the profile and all that was merged into it had never been; its identifiers are free, or refused for ever.
    internal bool Erase(Identifier identifier, bool suppress)
    {
        if (!_owners.TryGetValue(identifier, out var owner))
        {
            return false;
        }

        var root = Root(owner);
        var parts = Enumerable.Range(0, _identifiers.Count).Where(p => Root(p) == root).ToHashSet();
        _suppressed.UnionWith(suppress ? parts.SelectMany(p => _identifiers[p]) : []);
        foreach (var gone in _owners.Where(o => parts.Contains(o.Value)).Select(o => o.Key).ToList())
        {
            _owners.Remove(gone);
        }

        _entries.RemoveAll(e => parts.Contains(e.Owner));
        _merges.RemoveAll(m => parts.Contains(m.Source));
        _erased.UnionWith(parts);
        Erasures++;
        return true;
    }

    internal bool MergeOf(Identifier source, Identifier destination)
    {
        if (!_owners.ContainsKey(source) || !_owners.ContainsKey(destination) || RootOf(source) == RootOf(destination))
        {
            return false;
        }

        _merges.Add(new Merge(RootOf(source), RootOf(destination), _arrivals++));
        return true;
    }

    // The merge of the profile itself, or the last one into it.
    internal bool Split(Identifier identifier)
    {
        if (!_owners.TryGetValue(identifier, out var own))
        {
            return false;
        }

        var undone = _merges.Find(m => m.Source == own) ?? _merges.FindLast(m => m.Destination == own);
        return undone is not null && _merges.Remove(undone);
    }

    internal int RootOf(Identifier identifier) => Root(_owners[identifier]);

    // Everything that is known of a root, with properties as they were seen one after the other.
    internal ListHistory History(int root)
    {
        var entries = EntriesOf(root).OrderBy(e => e.Arrival).ToList();
        var history = new ListHistory(root + 1, created: entries.Where(e => e.Write.Time > Instant.MinValue).Min(e => e.Write.Time));
        foreach (var (_, _, write) in entries)
        {
            var time = write.Time!.Value;
            _ = write switch
            {
                CustomerEvent sent => history.Did(sent.Metric, time, sent.Value ?? double.NaN, sent.Properties),
                ConsentWrite said => history.Said(said.Channel, said.Status, time, said.Method),
                ListWrite { Member: true } put => history.Joined(put.List, time),
                ListWrite taken => history.Left(taken.List, time),
                _ => history,
            };
        }

        var names = entries.Select(e => e.Write).OfType<ProfileWrite>().SelectMany(w => w.Properties.Keys).Distinct();
        foreach (var name in names)
        {
            var times = entries.Where(e => e.Write is ProfileWrite w && w.Properties.ContainsKey(name)).Select(e => e.Write.Time!.Value);
            foreach (var time in times.Distinct().Order())
            {
                history.Has(name, Property(root, name, time), time);
            }
        }

        return history;
    }

    // "Destination's properties win, source's fill gaps": what a profile was told itself, else what the first that was merged into
    // it shows, else the second. Null is a value: who cleared a property has no gap.
    internal PropertyValue Property(int root, string name, Instant at) => Shown(root, name, at) ?? PropertyValue.Null;

    private PropertyValue? Shown(int profile, string name, Instant at)
    {
        var told = _entries
            .Where(e => e.Write is ProfileWrite w && w.Properties.ContainsKey(name) && w.Time <= at && Answering(e) == profile)
            .OrderByDescending(e => e.Write.Time).ThenBy(PartOf).ThenByDescending(e => e.Arrival)
            .Select(e => (PropertyValue?)((ProfileWrite)e.Write).Properties[name])
            .FirstOrDefault();
        return told ?? _merges.Where(m => m.Destination == profile).Select(m => Shown(m.Source, name, at)).FirstOrDefault(v => v is not null);

        // An identifier has no time: of two, the destination's own wins, then that of the source that was merged first.
        int PartOf(Entry entry) => entry.Write.Time > Instant.MinValue ? 0 : Tree(profile).ToList().IndexOf(entry.Owner);
    }

    internal IEnumerable<CustomerEvent> Events(int root, string metric, Instant at)
    {
        return EntriesOf(root)
            .Where(e => e.Write is CustomerEvent sent && sent.Metric == metric && sent.Time <= at)
            .OrderBy(e => e.Write.Time).ThenBy(e => e.Arrival)
            .Select(e => (CustomerEvent)e.Write);
    }

    internal IEnumerable<Consent> Consents(int root, string channel, Instant at)
    {
        return InOrder<ConsentWrite>(root, at)
            .Where(w => w.Channel == channel)
            .Select(w => new Consent(channel, w.Status, w.Time!.Value, w.Method));
    }

    internal IEnumerable<ListChange> ListChanges(int root, string list, Instant at) =>
        InOrder<ListWrite>(root, at).Where(w => w.List == list).Select(w => new ListChange(w.Time!.Value, w.Member));

    private IEnumerable<TWrite> InOrder<TWrite>(int root, Instant at)
        where TWrite : CustomerWrite
    {
        return EntriesOf(root)
            .Where(e => e.Write is TWrite && e.Write.Time <= at)
            .OrderBy(e => e.Write.Time).ThenBy(e => e.Arrival)
            .Select(e => (TWrite)e.Write);
    }

    private static bool IsSame(CustomerWrite stored, CustomerEvent sent) =>
        stored is CustomerEvent e && e.UniqueId == sent.UniqueId && e.Metric == sent.Metric;

    // A profile, then what was merged into it, the first merge first.
    private IEnumerable<int> Tree(int profile) =>
        _merges.Where(m => m.Destination == profile).SelectMany(m => Tree(m.Source)).Prepend(profile);

    // Who answered for its owner when an entry arrived: what is written after a merge is told to the destination.
    private int Answering(Entry entry)
    {
        var profile = entry.Owner;
        while (_merges.Find(m => m.Source == profile && m.Arrival < entry.Arrival) is { } merge)
        {
            profile = merge.Destination;
        }

        return profile;
    }

    private IEnumerable<Entry> EntriesOf(int root) => _entries.Where(e => Root(e.Owner) == root);

    internal int Root(int profile) => _merges.Find(m => m.Source == profile) is { } merge ? Root(merge.Destination) : profile;

    private bool IsAnonymous(int root) => Enumerable.Range(0, _identifiers.Count)
        .Where(p => Root(p) == root)
        .SelectMany(p => _identifiers[p])
        .All(i => i.Kind == IdentifierKind.AnonymousId);

    private (int Owner, Identifier? Conflict) Identify(IReadOnlyList<Identifier> given, Instant time)
    {
        var byStrength = given.Distinct().OrderBy(i => i.Kind.Strength).ToList();
        var named = byStrength.Where(_owners.ContainsKey).ToList();
        var added = byStrength.Except(named).ToList();
        var known = named.Where(i => !IsAnonymous(RootOf(i))).ToList();
        if (named.Count == 0 || IsAnotherPerson(known.Concat(named).First(), named, added))
        {
            _identifiers.Add([]);
            Add(_identifiers.Count - 1, added, time);
            return (_identifiers.Count - 1, named.Select(i => (Identifier?)i).FirstOrDefault());
        }

        // With one profile the strongest identifier's own slot takes the write.
        var owner = _owners[known.Concat(named).First()];
        foreach (var anonymous in named.Select(RootOf).Distinct().Where(r => r != Root(owner) && IsAnonymous(r)).ToList())
        {
            _merges.Add(new Merge(anonymous, Root(owner), _arrivals++));
        }

        Add(owner, added, time);
        var conflict = known.Where(i => RootOf(i) != Root(owner)).Select(i => (Identifier?)i).FirstOrDefault();
        return (owner, conflict);
    }

    private bool IsAnotherPerson(Identifier owner, List<Identifier> named, List<Identifier> added)
    {
        return added.Count > 0
            && added[0].Kind != IdentifierKind.AnonymousId
            && named.All(i => i.Kind == IdentifierKind.AnonymousId)
            && _owners.Any(o => o.Key.Kind == added[0].Kind && Root(o.Value) == RootOf(owner));
    }

    private void Add(int profile, List<Identifier> added, Instant time)
    {
        foreach (var identifier in added)
        {
            _owners[identifier] = profile;
            _everGiven.Add(identifier);
            _identifiers[profile].Add(identifier);
            var property = new PropertyMap { [identifier.Kind.Name] = identifier.Value };
            _entries.Add(new Entry(profile, _arrivals++, new ProfileWrite { Profile = [], Time = time }));
            _entries.Add(new Entry(profile, _arrivals++, new ProfileWrite { Profile = [], Properties = property, Time = Instant.MinValue }));
        }
    }

    private sealed record Entry(int Owner, int Arrival, CustomerWrite Write);

    private sealed record Merge(int Source, int Destination, int Arrival);
}
