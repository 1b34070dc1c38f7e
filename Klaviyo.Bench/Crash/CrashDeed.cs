namespace Klaviyo.Bench.Crash;

/// <summary>Something done to profiles as wholes, by itself durable or not there at all. Doing it once more changes nothing.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="Profile">To whom; of a merge and a split, the source.</param>
/// <param name="Destination">Of a merge and a split, the profile that answers for both; null of an erasure.</param>
internal sealed record CrashDeed(CrashDeedKind Kind, Identifier Profile, Identifier? Destination = null)
{
    internal async ValueTask DoAsync(CustomerDatabase database)
    {
        switch (Kind)
        {
            case CrashDeedKind.Merge:
                await database.MergeAsync(Profile, Destination!.Value);
                break;
            case CrashDeedKind.Split:
                await database.SplitAsync(Profile);
                break;
            default:
                await database.EraseAsync(Profile, suppress: Kind == CrashDeedKind.Suppress);
                break;
        }
    }

    /// <summary>Tells whether a store shows that it was done, which is only to be asked where it changes something.</summary>
    internal bool IsDone(CustomerDatabase database, Instant at)
    {
        var profile = database.Profile(Profile, at);
        return Kind switch
        {
            CrashDeedKind.Merge => profile!.Id == database.Profile(Destination!.Value, at)!.Id,
            CrashDeedKind.Split => profile!.Id != database.Profile(Destination!.Value, at)!.Id,
            _ => profile is null,
        };
    }
}

/// <summary>What can be done to profiles as wholes.</summary>
internal enum CrashDeedKind
{
    Erase,
    Suppress,
    Merge,
    Split,
}
