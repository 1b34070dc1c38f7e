using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;

namespace Klaviyo.Storage.Chunks;

/// <summary>What the chunks of a store are made of, and how.</summary>
/// <param name="Files">Where they are kept.</param>
/// <param name="Log">The log that they are made of.</param>
/// <param name="LogBytes">How much log a chunk covers.</param>
/// <param name="CacheBytes">How much of the chunks may stay in memory.</param>
/// <param name="Clock">Tells when the writers rest.</param>
/// <param name="Run">Runs work beside the writers; tests run it at once.</param>
internal sealed record ChunkOptions(
    IStorageFiles Files, EventLog Log, long LogBytes, long CacheBytes, TimeProvider Clock, Func<Action, Task> Run)
{
    internal Guid Store => Log.Manifest.StoreId;
}
