using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Salvage;

namespace Klaviyo.Storage.Forking;

/// <summary>Makes a store in an empty directory out of the logs of another, up to a position.</summary>
/// <remarks>
/// <para>Only the truth is copied: the new store derives the rest when it is first opened. Every record keeps its lane, address,
/// sequence and payload, so ids and positions mean the same; each is checked on the way, so no damage is copied.</para>
/// <para>The new store has an id of its own, and every checksum is made anew under it. With the id of the source, a file that
/// strays from one of the two directories into the other might not be found out, and two different messages that the flows of
/// the two send one day would have the same key, so that a channel would drop one of them.</para>
/// <para>The manifest is written last, as when a store is created: until then the directory is no store.</para>
/// </remarks>
/// <threadsafety>One thread at a time; the source may be written meanwhile.</threadsafety>
internal sealed class StoreFork(EventLog source, IReadOnlyList<SalvagedErasure> erasures, IStorageFiles target, StoreManifest manifest)
{
    /// <summary>Copies what lies before a position.</summary>
    /// <param name="at">A position of the source, not behind <paramref name="durable"/>.</param>
    /// <param name="durable">A durable cut of the source.</param>
    /// <param name="cancellationToken">Ends the copying; nothing of it stays.</param>
    /// <exception cref="ArgumentException">The source was never in a state that ends at the position.</exception>
    /// <exception cref="IOException">The directory is not empty, or cannot be written.</exception>
    /// <exception cref="StoreLockedException">The directory is in use.</exception>
    /// <exception cref="StoreCorruptedException">A record of the source is damaged.</exception>
    internal void Write(StorePosition at, LogCut durable, CancellationToken cancellationToken)
    {
        // Before the lock too, so that a directory that is none of ours gets no file of ours.
        ThrowIfNotEmpty();
        using var held = StoreDirectory.Lock(target);
        ThrowIfNotEmpty();
        try
        {
            var cut = new LogCut([.. source.Lanes.Select(lane => Copy(lane, at, durable, cancellationToken))]);
            WriteSuperblock(cut);
            ManifestFiles.Create(target, manifest);
        }
        catch
        {
            Clear();
            throw;
        }
    }

    private LaneCut Copy(LaneLog lane, StorePosition at, LogCut durable, CancellationToken cancellationToken)
    {
        using var fork = new LaneFork(lane, target, manifest);
        return fork.Copy(at, durable[lane.Lane].Until, [.. erasures.Where(e => e.Lane == lane.Lane)], cancellationToken);
    }

    private void WriteSuperblock(LogCut cut)
    {
        Superblock.Create(target, manifest);
        using var superblock = Superblock.Open(target, manifest);

        // Both slots: else the one of the creation would make an empty store of the fork when the other rots.
        superblock.Write(cut);
        superblock.Write(cut);
    }

    private void ThrowIfNotEmpty()
    {
        if (target.List().FirstOrDefault(name => name != StoreDirectory.LockName) is { } name)
        {
            throw new IOException($"'{target.Path}' is not empty: it holds '{name}'. A fork takes an empty or a new directory.");
        }
    }

    // Of a fork that failed nothing is of use: neither the lock's file, which goes last, while it is held, so that it is nobody else's.
    private void Clear()
    {
        try
        {
            foreach (var name in target.List().OrderBy(name => name == StoreDirectory.LockName))
            {
                target.Delete(name);
            }
        }
        catch (IOException)
        {
            // The failure itself is what the caller has to hear of; what is left has no manifest, so nobody takes it for a store.
        }
    }
}
