namespace Klaviyo.Bench.Crash;

/// <summary>What a store has to answer after a <see cref="CrashScript"/>: lists, and nothing clever.</summary>
internal sealed class CrashModel
{
    private readonly Dictionary<Identifier, ModelProfile> _profiles = [];
    private readonly HashSet<string> _erased = [];
    private readonly HashSet<Identifier> _suppressed = [];

    internal IReadOnlyCollection<Identifier> Identifiers => _profiles.Keys;

    internal IEnumerable<ModelProfile> Profiles => _profiles.Keys.Select(identifier => this[identifier]).Distinct();

    /// <summary>Gets the identifiers that are refused for ever.</summary>
    internal IReadOnlyCollection<Identifier> Suppressed => _suppressed;

    /// <summary>Gets how many erasures took somebody away.</summary>
    internal int Erasures { get; private set; }

    internal ModelProfile this[Identifier identifier] => _profiles[identifier].Destination ?? _profiles[identifier];

    /// <summary>Makes the model of a store that holds the first steps of each writer.</summary>
    internal static CrashModel Of(IEnumerable<(CrashScript Script, int Steps)> held)
    {
        var model = new CrashModel();
        foreach (var (script, steps) in held)
        {
            for (var i = 0; i < steps; i++)
            {
                model.Apply(script.Step(i));
            }
        }

        return model;
    }

    internal void Apply(CrashStep step)
    {
        foreach (var write in step.Writes.Where(w => !w.Profile.Any(_suppressed.Contains)))
        {
            Find(write.Profile).Apply(write);
        }

        if (step.Deed is { } deed && Changes(deed))
        {
            Apply(deed);
        }
    }

    /// <summary>Tells whether a deed would change anything.</summary>
    internal bool Changes(CrashDeed deed)
    {
        return _profiles.GetValueOrDefault(deed.Profile) is { } profile && deed.Kind switch
        {
            CrashDeedKind.Merge => _profiles.ContainsKey(deed.Destination!.Value) && profile.Destination is null,
            CrashDeedKind.Split => profile.Destination is not null,
            _ => true,
        };
    }

    /// <summary>Gets the unique ids of events that were erased and have not come again.</summary>
    internal HashSet<string> ErasedIds() => [.. _erased.Except(Profiles.SelectMany(p => p.AllEvents).Select(e => e.UniqueId!))];

    private void Apply(CrashDeed deed)
    {
        switch (deed.Kind)
        {
            case CrashDeedKind.Merge:
                var (source, destination) = (_profiles[deed.Profile], _profiles[deed.Destination!.Value]);
                (source.Destination, destination.Source) = (destination, source);
                break;
            case CrashDeedKind.Split:
                _profiles[deed.Profile].Destination!.Source = null;
                _profiles[deed.Profile].Destination = null;
                break;
            default:
                Erase(this[deed.Profile], deed.Kind == CrashDeedKind.Suppress);
                break;
        }
    }

    private void Erase(ModelProfile profile, bool suppress)
    {
        Erasures++;
        _erased.UnionWith(profile.AllEvents.Select(e => e.UniqueId!));
        foreach (var identifier in Identifiers.Where(i => this[i] == profile).ToList())
        {
            _ = suppress && _suppressed.Add(identifier);
            _profiles.Remove(identifier);
        }
    }

    // An anonymous profile that meets a known one joins it. One that meets a new name gets it, unless it has one of the kind:
    // then they are two people, and so they are when both are known.
    private ModelProfile Find(IReadOnlyList<Identifier> who)
    {
        if (who.Count == 1)
        {
            return FindOrCreate(who[0]);
        }

        var (person, device) = (_profiles.GetValueOrDefault(who[0]), _profiles.GetValueOrDefault(who[1]));
        if (person is null && device is { IsKnown: false })
        {
            device.IsKnown = true;
            return _profiles[who[0]] = device;
        }

        person ??= FindOrCreate(who[0]);
        if (device is null)
        {
            _profiles[who[1]] = person;
        }
        else if (!device.IsKnown)
        {
            Join(device, person);
        }

        return person;
    }

    private ModelProfile FindOrCreate(Identifier identifier)
    {
        if (!_profiles.TryGetValue(identifier, out var profile))
        {
            profile = new ModelProfile { IsKnown = identifier.Kind == IdentifierKind.ExternalId };
            _profiles.Add(identifier, profile);
        }

        return profile;
    }

    private void Join(ModelProfile from, ModelProfile to)
    {
        to.Take(from);
        foreach (var identifier in _profiles.Where(p => p.Value == from).Select(p => p.Key).ToList())
        {
            _profiles[identifier] = to;
        }
    }
}
