using Klaviyo.Storage.Lanes;

namespace Klaviyo;

public partial class CustomerDatabase
{
    /// <summary>Gets counts and sizes of the store.</summary>
    public StoreStats Stats() => Store.Stats();

    /// <summary>Reads everything back: every checksum, and every derived answer against a rebuild from the log.</summary>
    /// <param name="cancellationToken">Ends the waiting only.</param>
    /// <returns>What was found; a damage is a result, not an exception.</returns>
    /// <remarks>
    /// Makes the derived state a second time. Both share the memory option; the 80 bytes a profile that stay in memory always are
    /// needed twice. Writers wait meanwhile.
    /// </remarks>
    /// <exception cref="IOException">The disk has no room for what does not fit in memory, or fails. The store goes on.</exception>
    public Task<VerifyReport> VerifyAsync(CancellationToken cancellationToken = default) =>
        Task.Run(Store.Verify, CancellationToken.None).WaitAsync(cancellationToken);

    /// <summary>Follows the events of the store, from the first or from a position, and goes on with those to come.</summary>
    /// <param name="from">Where an earlier subscription stood; null for the beginning.</param>
    /// <param name="cancellationToken">Ends the subscription.</param>
    /// <returns>
    /// Durable events only, each once, in the order of arrival within a lane. Keep the position of the last one that you
    /// have dealt with, and go on from it after a restart.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The database is closed, or was closed meanwhile: that ends the subscription.</exception>
    /// <exception cref="ArgumentException">The position is not one of this store.</exception>
    /// <exception cref="StoreCorruptedException">An event is damaged.</exception>
    public IAsyncEnumerable<SubscribedEvent> SubscribeAsync(
        StorePosition? from = null, CancellationToken cancellationToken = default) => Store.FollowAsync(from, cancellationToken);

    /// <summary>Gets the position behind everything that is durable now: to follow only what is to come.</summary>
    public StorePosition Position => Store.DurablePosition;
}
