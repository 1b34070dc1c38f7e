namespace Klaviyo;

/// <summary>How to import.</summary>
/// <threadsafety>Immutable.</threadsafety>
public sealed class ImportOptions
{
    /// <summary>Gets how the stream is written.</summary>
    public required ImportFormat Format { get; init; }

    /// <summary>Gets whether the events are history: they count everywhere but start no flow.</summary>
    /// <value>The default is false; then an event is history where the input says so.</value>
    public bool Backfill { get; init; }

    /// <summary>Gets how many writes are applied at a time.</summary>
    /// <value>1 to 1 000 000. The default is 4096. More is a little faster, less is durable sooner.</value>
    public int BatchSize { get; init; } = 4096;

    /// <summary>Gets where refused input goes, to be mended and imported again.</summary>
    /// <value>
    /// Null drops it; it is counted all the same. Each refusal becomes one line of JSON with <c>line</c>, <c>field</c>,
    /// <c>reason</c> and <c>input</c>, the text cut at 64 KiB. The stream stays open.
    /// </value>
    public Stream? Rejects { get; init; }

    /// <summary>Gets who is told how far the import is.</summary>
    /// <remarks>
    /// Called by one thread at a time, in order, after each batch and whenever more has become durable; the import
    /// waits for the call to return. A <see cref="Progress{T}"/> passes the calls on in any order.
    /// </remarks>
    public IProgress<ImportProgress>? Progress { get; init; }

    internal void ThrowIfInvalid()
    {
        ArgumentNullException.ThrowIfNull(Format);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(BatchSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(BatchSize, 1_000_000);
        if (Rejects is { CanWrite: false })
        {
            throw new ArgumentException("The stream for rejects cannot be written to.", nameof(Rejects));
        }
    }
}
