namespace Klaviyo;

/// <summary>The metrics, properties and groups that a definition reads.</summary>
/// <remarks>A write to anything else cannot change the answer.</remarks>
/// <threadsafety>One caller at a time while it is filled.</threadsafety>
public sealed class DependencySet
{
    /// <summary>Gets the metrics.</summary>
    public ISet<string> Metrics { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Gets the profile properties, by plain name.</summary>
    public ISet<string> Properties { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Gets the lists and segments.</summary>
    public ISet<string> Groups { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Gets the channels whose consent is read.</summary>
    public ISet<string> Channels { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Gets the types of the accounts and custom objects that are read.</summary>
    /// <remarks>
    /// Every relation of a profile with an object of such a type, and every write to such an object, can change the answer for
    /// the profiles that are related to it.
    /// </remarks>
    public ISet<string> ObjectTypes { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>Gets whether the event that started a run is read; it does not change, but reading it may take a read of the file.</summary>
    public bool ReadsTrigger { get; internal set; }

    // What conditions on objects ask of them: a write to a profile does not change it. Null for nothing.
    internal DependencySet? OfObjects { get; private set; }

    internal void UnionWith(DependencySet other)
    {
        Metrics.UnionWith(other.Metrics);
        Properties.UnionWith(other.Properties);
        Groups.UnionWith(other.Groups);
        Channels.UnionWith(other.Channels);
        ObjectTypes.UnionWith(other.ObjectTypes);
        ReadsTrigger |= other.ReadsTrigger;
        if (other.OfObjects is { } inside)
        {
            AddOfObjects(inside);
        }
    }

    internal void AddOfObjects(DependencySet inside)
    {
        OfObjects ??= new DependencySet();
        OfObjects.UnionWith(inside);
    }
}
