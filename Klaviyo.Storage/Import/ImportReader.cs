namespace Klaviyo.Storage.Import;

/// <summary>Turns a stream into batches of writes and rejections. Bad input never makes it throw.</summary>
/// <remarks>
/// The formats derive from it and take records out of <see cref="Input"/>; here is only when to read more and when to
/// hand a batch over.
/// </remarks>
/// <threadsafety>One call at a time.</threadsafety>
internal abstract class ImportReader(ImportInput input) : IAsyncDisposable
{
    /// <summary>The longest record, or document of many records, that is taken in one piece.</summary>
    internal const int DocumentBytesMax = 64 << 20;

    private Task? _filling;

    /// <summary>Gets how many bytes the source has; null where it cannot tell.</summary>
    internal long? BytesTotal => Input.BytesTotal;

    protected ImportInput Input { get; } = input;

    /// <summary>Fills a batch, which it clears first.</summary>
    /// <returns><see langword="false"/> at the end of the input, with an empty batch.</returns>
    /// <remarks>
    /// Hands over what there is when the source keeps it waiting, so that a slow sender gets its acknowledgements.
    /// </remarks>
    /// <exception cref="IOException">The source cannot be read. What was read before has been handed over.</exception>
    /// <exception cref="InvalidDataException">The source is gzip that is damaged or ends too early; likewise.</exception>
    /// <exception cref="DefinitionException">The mapping names a column that the source does not have.</exception>
    internal async ValueTask<bool> ReadAsync(ImportBatch batch, CancellationToken cancellation)
    {
        batch.Clear();
        while (true)
        {
            if (_filling is not null)
            {
                await _filling.ConfigureAwait(false);
                _filling = null;
            }

            Take(batch);
            if (batch.IsFull || Input.IsComplete)
            {
                break;
            }

            _filling = Input.FillAsync(cancellation);
            if (!_filling.IsCompletedSuccessfully && batch.Count > 0)
            {
                break;
            }
        }

        batch.SourceBytes = Input.Bytes;
        return batch.Count > 0;
    }

    public async ValueTask DisposeAsync()
    {
        await (_filling ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await Input.DisposeAsync().ConfigureAwait(false);
    }

    /// <summary>Takes records until the batch is full or more input is needed; all of it when it is complete.</summary>
    protected abstract void Take(ImportBatch batch);
}
