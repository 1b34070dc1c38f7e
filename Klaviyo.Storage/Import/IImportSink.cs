namespace Klaviyo.Storage.Import;

/// <summary>Where an import goes.</summary>
internal interface IImportSink
{
    /// <summary>Applies writes in order; what is refused is refused alone.</summary>
    /// <param name="writes">The writes. Not kept after the call.</param>
    /// <param name="results">One for each, to be filled in.</param>
    /// <remarks>Called by one thread at a time. A commit that has begun may still be under way.</remarks>
    void Apply(IReadOnlyList<CustomerWrite> writes, Span<WriteResult> results);

    /// <summary>Completes when all that was applied before the call is durable.</summary>
    /// <remarks>Begun by the thread that applies; one at a time.</remarks>
    ValueTask CommitAsync(CancellationToken cancellationToken);
}
