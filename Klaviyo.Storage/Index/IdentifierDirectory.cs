using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace Klaviyo.Storage.Index;

/// <summary>Which profile an identifier was given to, over all lanes.</summary>
/// <threadsafety>Any thread may look up. Changes are made by one thread at a time: the store's identity gate.</threadsafety>
internal sealed class IdentifierDirectory
{
    private readonly ConcurrentDictionary<Identifier, Profile> _profiles = new(concurrencyLevel: 1, capacity: 1024);

    internal int Count => _profiles.Count;

    /// <summary>Finds the profile that an identifier was given to: not yet the one that it was merged into.</summary>
    internal bool TryGet(in Identifier identifier, [NotNullWhen(true)] out Profile? profile) =>
        _profiles.TryGetValue(identifier, out profile);

    internal void Set(in Identifier identifier, Profile profile) => _profiles[identifier] = profile;
}
