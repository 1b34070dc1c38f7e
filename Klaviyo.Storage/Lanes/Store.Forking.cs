using Klaviyo.Storage.Files;
using Klaviyo.Storage.Forking;

namespace Klaviyo.Storage.Lanes;

// A fork reads what is durable, without a gate. While it does, no checkpoint is taken, the store is not closed, and nothing that
// rewrites the log in place may run: all of these take the same semaphore.
internal sealed partial class Store
{
    /// <summary>Gets the directory of the store.</summary>
    internal string Path => _files.Path;

    /// <summary>Copies the logs, up to a position, into an empty directory, as a store with an id of its own.</summary>
    /// <returns>The position.</returns>
    internal async Task<StorePosition> ForkAsync(IStorageFiles target, StorePosition? at, CancellationToken cancellationToken)
    {
        await BeginCheckpointingAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Run(() => Fork(target, at, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _checkpointing.Release();
        }
    }

    private StorePosition Fork(IStorageFiles target, StorePosition? at, CancellationToken cancellationToken)
    {
        var durable = _log.Durable;
        var position = at ?? PositionOf(durable);
        var places = PlacesOf(position);
        if (_lanes.Any(l => places[l.State.Lane] > durable[l.State.Lane].Until.Value))
        {
            throw new ArgumentException("The position is not durable yet; commit first.");
        }

        var manifest = _log.Manifest.Fork(NewStoreId(), Now.UnixMs);
        new StoreFork(_log, _erasuresBehind, target, manifest).Write(position, durable, cancellationToken);
        return position;
    }
}
