using Klaviyo.Storage.Import;

namespace Klaviyo;

public partial class CustomerDatabase
{
    /// <summary>Streams a file in: Segment messages, Klaviyo bodies, or CSV by a mapping.</summary>
    /// <param name="input">The bytes, plain or gzip; stays open.</param>
    /// <param name="options">The format, and what to do with what is refused.</param>
    /// <param name="cancellationToken">Ends the import; what was reported durable stays.</param>
    /// <returns>What became of it, when all of it is durable.</returns>
    /// <remarks>
    /// Reads on one thread and applies on another. What is refused is counted and written to
    /// <see cref="ImportOptions.Rejects"/>; the rest goes on. Importing the same input again stores nothing twice where
    /// events have a unique id.
    /// </remarks>
    /// <exception cref="ArgumentException">The options are invalid.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="IOException">The input cannot be read. What was read before is stored and durable.</exception>
    /// <exception cref="InvalidDataException">
    /// The input is gzip that is damaged, ends too early, or has other bytes behind it; likewise, and the message says how many records
    /// that are. Padding with zeros is none of it.
    /// </exception>
    /// <exception cref="DefinitionException">The mapping does not fit the columns; nothing was stored.</exception>
    /// <exception cref="StorePoisonedException">The disk has failed; close the store and open it again.</exception>
    public async Task<ImportResult> ImportAsync(
        Stream input, ImportOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(options);
        using var pump = new ImportPump(input, Store, options, Store.Clock);
        return await pump.RunAsync(cancellationToken).ConfigureAwait(false);
    }
}
