using Klaviyo.Storage.Files;
using Klaviyo.Storage.Forking;

namespace Klaviyo.Storage.Lanes;

// A fork reads what is durable, which nobody changes, so it needs no gate.
internal sealed partial class Store
{
    /// <summary>Copies the logs, up to a position, into an empty directory, as a store with an id of its own.</summary>
    /// <returns>The position.</returns>
    internal StorePosition Fork(IStorageFiles target, StorePosition? at, CancellationToken cancellationToken)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var durable = _log.Durable;
        var position = at ?? PositionOf(durable);
        var places = PlacesOf(position);
        if (_lanes.Any(l => places[l.State.Lane] > durable[l.State.Lane].Until.Value))
        {
            throw new ArgumentException("The position is not durable yet; commit first.");
        }

        var manifest = _log.Manifest with { StoreId = NewStoreId(), CreatedMs = Now.UnixMs };
        new StoreFork(_log, target, manifest).Write(position, durable, cancellationToken);
        return position;
    }
}
