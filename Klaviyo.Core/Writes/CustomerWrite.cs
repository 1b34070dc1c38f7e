namespace Klaviyo;

/// <summary>Something to store: an event, a profile, a consent, a list membership.</summary>
/// <remarks>
/// A write names its profile by any of its identifiers; a profile that does not exist yet is created. Identifiers of one
/// profile that were not known before are added to it; where they name two profiles, the rules of identity decide.
/// </remarks>
/// <threadsafety>Immutable, as long as its maps are not changed.</threadsafety>
public abstract record CustomerWrite
{
    private protected CustomerWrite()
    {
    }

    /// <summary>Gets the identifiers of the profile, at least one.</summary>
    public required IReadOnlyList<Identifier> Profile { get; init; }

    /// <summary>Gets when it happened.</summary>
    /// <value>The default is the store's clock when the write is accepted.</value>
    public Instant? Time { get; init; }
}
