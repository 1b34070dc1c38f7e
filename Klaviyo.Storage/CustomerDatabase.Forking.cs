using Klaviyo.Storage.Files;

namespace Klaviyo;

public partial class CustomerDatabase
{
    /// <summary>Copies the store into another directory, where it opens as a store of its own.</summary>
    /// <param name="path">A directory that is empty or does not exist yet, outside of the store's own.</param>
    /// <param name="at">
    /// Up to where: what <see cref="Position"/> gave at some time; null for all that is durable now. A position that came with
    /// a subscribed event may lie inside a batch; with several lanes it may be of no state that ever was.
    /// </param>
    /// <param name="cancellationToken">Ends the copying; nothing of it stays.</param>
    /// <returns>The position up to which was copied, when all of it is durable.</returns>
    /// <remarks>
    /// <para>The log is read once and written once. Writers and questions go on meanwhile, and the store itself is not changed;
    /// its next checkpoint waits. The first opening of the copy replays its whole log.</para>
    /// <para>Whoever was erased since the position is erased in the copy too, and identifiers that are refused for ever are refused
    /// there.</para>
    /// <para>Ids of profiles and events mean the same in both. Flows come along with their runs: where the flows of both are
    /// started, both send, under keys of their own. Pause them in a copy that is for trying something out.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// The position is not one of this store, or not durable yet; or the directory is the store's own, or lies in it: who is erased
    /// later would stay there.
    /// </exception>
    /// <exception cref="IOException">The directory is not empty, or cannot be written.</exception>
    /// <exception cref="StoreLockedException">The directory is in use.</exception>
    /// <exception cref="StoreCorruptedException">A record of this store is damaged.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public Task<StorePosition> ForkAsync(string path, StorePosition? at = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (RealPath.IsInside(path, Store.Path))
        {
            throw new ArgumentException($"'{path}' lies in the store's own directory; copy to one outside of it.", nameof(path));
        }

        return Store.ForkAsync(new PhysicalFiles(path), at, cancellationToken);
    }
}
