using Klaviyo.Storage.Lanes;

namespace Klaviyo;

public partial class CustomerDatabase
{
    /// <summary>Gets whether the database was opened by <see cref="SalvageAsync"/>: it answers, and takes nothing.</summary>
    public bool IsReadOnly => Store.Losses is not null;

    /// <summary>Gets what <see cref="SalvageAsync"/> has found damaged, lane by lane in the order of the log; else nothing.</summary>
    public IReadOnlyList<StoreLoss> Losses => Store.Losses ?? [];

    /// <summary>Opens a damaged store to read what is left of it. Nothing is written to its directory, which may be read-only.</summary>
    /// <param name="path">The directory.</param>
    /// <param name="options">How to open it; null for the defaults.</param>
    /// <param name="cancellationToken">Ends the waiting; what has been opened by then is closed again.</param>
    /// <remarks>
    /// <para>The whole log is read, and <see cref="Losses"/> names every place at which it is damaged. The database then stands at the
    /// latest state that can be known for certain: of the newest good checkpoint and the records behind it up to the first
    /// that is damaged, or of all records up to the first that is damaged. What a record that is lost had beside what the
    /// checkpoint has of it, such as the properties of an event, throws when it is asked for, and an export leaves that event out.</para>
    /// <para>Where no slot of the superblock is left, or the newest is or may be lost, the logs are read as far as their records are
    /// whole. There may be writes among them that were never acknowledged, and parts of a batch.</para>
    /// <para>Whatever writes throws <see cref="InvalidOperationException"/>. <see cref="ForkAsync"/> makes a store of what is readable from the
    /// beginning of the log; an export can be imported. Segments are evaluated for each question. The index is not moved
    /// out of memory, whatever <see cref="CustomerDatabaseOptions.MemoryBytesMax"/> is.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="StoreLockedException">The store is open: what a process writes meanwhile would look like damage.</exception>
    /// <exception cref="StoreCorruptedException">The manifest is missing or damaged in both its files, STORE and STORE.copy: bring one of them back from any backup of the store.</exception>
    /// <exception cref="IOException">The operating system refused a file.</exception>
    public static async ValueTask<CustomerDatabase> SalvageAsync(
        string path, CustomerDatabaseOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new CustomerDatabaseOptions();
        return new CustomerDatabase(
            await OpenedAsync(() => Store.Salvage(path, options), cancellationToken).ConfigureAwait(false));
    }
}
