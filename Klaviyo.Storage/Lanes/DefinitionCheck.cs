namespace Klaviyo.Storage.Lanes;

/// <summary>Looks for names in a definition that the store does not know.</summary>
/// <remarks>
/// Metrics are known by their events, segments by their definitions. Of lists, channels, properties and types of objects it is only
/// known that a name was met, so a list that is named like a property passes for known. A property is told only where it is nearly one
/// that is known: a definition may well come before the first value.
/// </remarks>
/// <threadsafety>One caller at a time, who holds every gate.</threadsafety>
internal sealed class DefinitionCheck(StoreState state)
{
    // The kind of the identifiers of objects of a type, which is a name like others.
    private const string ObjectPrefix = "object.";

    // Those that messages go to, and Klaviyo's of permissions: nobody need have said anything yet.
    private static readonly string[] UsualChannels = ["email", "sms", "push", "whatsapp", "whatsapp_marketing", "whatsapp_transactional"];

    /// <summary>Gets the names that are not known, metrics first.</summary>
    /// <param name="reads">What a definition names.</param>
    /// <param name="coming">Metrics that somebody will write by himself.</param>
    internal List<DefinitionWarning> Warnings(DependencySet reads, params IEnumerable<string> coming)
    {
        var (warnings, metrics) = (new List<DefinitionWarning>(), Metrics());
        metrics.UnionWith(coming);
        Add(warnings, reads, metrics);
        return warnings;
    }

    private void Add(List<DefinitionWarning> warnings, DependencySet reads, SortedSet<string> metrics)
    {
        Add(warnings, "metric", reads.Metrics, metrics.Contains, metrics);
        Add(warnings, "list or segment", reads.Groups, IsGroup, state.Definitions.Segments.Keys.Concat(Names().Except(metrics)));
        Add(warnings, "channel", reads.Channels.Except(UsualChannels), IsMet, UsualChannels.Concat(Names().Except(metrics)));
        Add(warnings, "object type", reads.ObjectTypes, IsObjectType, ObjectTypes());
        foreach (var property in reads.Properties.Order(StringComparer.Ordinal).Where(p => !IsProperty(p)))
        {
            if (NearNames.Nearest(property, Names().Except(metrics)) is { } near)
            {
                warnings.Add(new DefinitionWarning("property", property, near));
            }
        }

        if (reads.OfObjects is { } inside)
        {
            Add(warnings, inside, metrics);
        }
    }

    private static void Add(
        List<DefinitionWarning> warnings, string kind, IEnumerable<string> names, Func<string, bool> isKnown, IEnumerable<string> known)
    {
        foreach (var name in names.Order(StringComparer.Ordinal).Where(n => !isKnown(n)))
        {
            warnings.Add(new DefinitionWarning(kind, name, NearNames.Nearest(name, known)));
        }
    }

    private SortedSet<string> Metrics()
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var lane in state.Lanes)
        {
            names.UnionWith(lane.EventsByMetric.Select((count, code) => (count, code)).Where(m => m.count > 0).Select(m => lane.Names[m.code]));
        }

        return names;
    }

    private IEnumerable<string> Names() => state.Lanes.SelectMany(l => Enumerable.Range(0, l.Names.Count).Select(code => l.Names[code]));

    private IEnumerable<string> ObjectTypes() =>
        Names().Where(n => n.StartsWith(ObjectPrefix, StringComparison.Ordinal)).Select(n => n[ObjectPrefix.Length..]);

    private bool IsMet(string name) => state.Lanes.Any(l => l.Names.TryGetCode(name, out _));

    private bool IsGroup(string name) => state.Definitions.Segment(name) is not null || IsMet(name);

    private bool IsObjectType(string type) => IsMet(ObjectPrefix + type);

    // Identifiers are properties, and those that everybody knows need not have been met.
    private bool IsProperty(string name) => IsMet(name) || name is "id" or "external_id" or "email" or "phone_number" or "anonymous_id";
}
