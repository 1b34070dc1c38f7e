using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Salvage;

namespace Klaviyo.Storage.Lanes;

// A damaged store is opened as it would have been at an earlier cut: its files lie below others in memory, whose superblock ends
// the logs before the damage. So nothing is read in another way than ever, and nothing is written.
internal sealed partial class Store
{
    private IDisposable? _below;
    private IReadOnlyList<SalvagedErasure> _erasuresBehind = [];

    /// <summary>Gets what was found damaged; null where the store was opened in the ordinary way.</summary>
    internal IReadOnlyList<StoreLoss>? Losses { get; private set; }

    /// <summary>Opens what is left of a store, to be read only.</summary>
    internal static Store Salvage(string path, CustomerDatabaseOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        if (options.Files is null)
        {
            ArgumentException.ThrowIfNullOrEmpty(path);
        }

        var under = options.Files ?? new PhysicalFiles(path, readOnly: true);
        if (!ManifestFiles.AnyExists(under))
        {
            throw new StoreCorruptedException(
                StoreManifest.FileName, 0, null, null, $"'{under.Path}' holds no manifest: it is no store, or a damaged one.");
        }

        var held = StoreDirectory.Lock(under);
        try
        {
            var salvage = new StoreSalvage(under);
            var store = salvage.Open(files => OpenToRead(files, options));
            store.Losses = salvage.Losses;
            store._below = held;
            return store;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Erases who was erased behind the end of what can be read.</summary>
    /// <remarks>Numbers are given in order, so who is not there yet came later.</remarks>
    internal void TakeErasures(IReadOnlyList<SalvagedErasure> erasures)
    {
        using var gate = EnterAll();
        _erasuresBehind = [.. erasures.Where(e => e.Profile < State.Lanes[e.Lane].Profiles.Count)];
        foreach (var erasure in _erasuresBehind)
        {
            State.Replay(erasure.Lane, erasure.Record);
        }

        State.FinishReplay(Strange);
    }

    /// <exception cref="InvalidOperationException">The store was opened by <see cref="Salvage"/>.</exception>
    private void ThrowIfReadOnly()
    {
        if (_isReadOnly)
        {
            throw new InvalidOperationException("The store was opened for salvage: it is only read.");
        }
    }

    // No worker, no chunk, no checkpoint, and no profile that leaves memory for a file.
    private static Store OpenToRead(OverlaidFiles files, CustomerDatabaseOptions options)
    {
        return new Store(
            files,
            options with
            {
                Files = files,
                IndexBytesMax = long.MaxValue,
                BackgroundCheckpoints = false,
                BackgroundSegments = false,
                RunBeside = _ => Task.CompletedTask,
            },
            createExtension: null,
            isReadOnly: true);
    }
}
