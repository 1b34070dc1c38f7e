namespace Klaviyo;

/// <summary>What became of a merge or a split.</summary>
/// <param name="Source">The profile that was merged into the other, or that is one of its own again.</param>
/// <param name="Destination">The profile that answers for both, or no longer does.</param>
/// <param name="Rejection">Why nothing was done; null where it was.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record MergeResult(ProfileId Source, ProfileId Destination, Rejection? Rejection)
{
    /// <summary>Gets whether it was done.</summary>
    public bool Accepted => Rejection is null;
}
