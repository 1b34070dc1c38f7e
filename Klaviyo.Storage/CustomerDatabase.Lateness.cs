namespace Klaviyo;

public partial class CustomerDatabase
{
    /// <summary>Reads the events that were received late, of those that are durable now.</summary>
    /// <param name="longerThan">Only events that were received more than this after they happened. Not negative.</param>
    /// <param name="from">Where an earlier reading stood; null for the beginning.</param>
    /// <returns>In the order of arrival within a lane, backfilled events among them.</returns>
    /// <remarks>
    /// Reads the log, so it costs the writers nothing; the answers themselves need no repair, because a late event takes its
    /// place by itself. This tells who sends late, and which reports that were read before have changed since.
    /// </remarks>
    /// <exception cref="ArgumentException">The position is not one of this store.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="longerThan"/> is negative.</exception>
    /// <exception cref="StoreCorruptedException">A record is damaged.</exception>
    public IEnumerable<LateEvent> LateEvents(TimeSpan longerThan, StorePosition? from = null) =>
        Store.Late(LatenessMs(longerThan), from);

    /// <summary>Follows the events that are received late, and goes on with those to come.</summary>
    /// <param name="longerThan">Only events that were received more than this after they happened. Not negative.</param>
    /// <param name="from">Where an earlier subscription stood; null for the beginning.</param>
    /// <param name="cancellationToken">Ends the subscription.</param>
    /// <returns>Durable events only, each once, in the order of arrival within a lane.</returns>
    /// <remarks>
    /// A subscriber that is slow, or throws, slows nobody: it reads the log behind the writers. Events in between that were in
    /// time are passed over, and after a restart once more.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The database is closed, or was closed meanwhile: that ends the subscription.</exception>
    /// <exception cref="ArgumentException">The position is not one of this store.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="longerThan"/> is negative.</exception>
    /// <exception cref="StoreCorruptedException">A record is damaged.</exception>
    public IAsyncEnumerable<LateEvent> SubscribeLateAsync(
        TimeSpan longerThan, StorePosition? from = null, CancellationToken cancellationToken = default) =>
        Store.FollowLateAsync(LatenessMs(longerThan), from, cancellationToken);

    // An instant has whole milliseconds, so what is finer than one cannot make a difference.
    private static long LatenessMs(TimeSpan longerThan)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longerThan, TimeSpan.Zero);
        return longerThan.Ticks / TimeSpan.TicksPerMillisecond;
    }
}
