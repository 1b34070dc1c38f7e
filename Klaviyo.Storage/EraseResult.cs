namespace Klaviyo;

/// <summary>What an erasure took away.</summary>
/// <param name="Profile">The id that answered until now. It is never given again.</param>
/// <param name="Profiles">How many profiles: the one, and all that were merged into it.</param>
/// <param name="Events">How many events.</param>
/// <threadsafety>Immutable.</threadsafety>
public sealed record EraseResult(ProfileId Profile, int Profiles, long Events);
