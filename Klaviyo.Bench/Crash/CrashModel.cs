namespace Klaviyo.Bench.Crash;

/// <summary>What a store has to answer after a <see cref="CrashScript"/>: lists, and nothing clever.</summary>
internal sealed class CrashModel
{
    private readonly Dictionary<Identifier, ModelProfile> _profiles = [];

    internal IReadOnlyCollection<Identifier> Identifiers => _profiles.Keys;

    internal IEnumerable<ModelProfile> Profiles => _profiles.Values.Distinct();

    internal ModelProfile this[Identifier identifier] => _profiles[identifier];

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
        foreach (var write in step.Writes)
        {
            Find(write.Profile).Apply(write);
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
