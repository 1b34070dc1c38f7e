using System.Globalization;
using System.Threading.Channels;

namespace Klaviyo.Storage.Import;

/// <summary>Moves a stream into a sink: one thread reads ahead while another applies, and commits run beside
/// both.</summary>
/// <remarks>
/// <para>Two batches go round. While one is applied the other is filled; neither side ever sees the other's.</para>
/// <para>One commit is under way at a time, and covers what was applied before it began. The next begins when that one
/// has ended and some batches have been applied since, or as soon as there is nothing to apply. So a fast source
/// commits as often as the disk can, and a slow one has each record durable at once.</para>
/// </remarks>
/// <threadsafety>Runs once.</threadsafety>
internal sealed class ImportPump : IDisposable
{
    private const int Batches = 2;
    private const int BatchesPerCommit = 4;

    private readonly IImportSink _sink;
    private readonly ImportOptions _options;
    private readonly TimeProvider _clock;
    private readonly ImportReader _reader;
    private readonly RejectWriter? _rejects;
    private readonly Channel<ImportBatch> _empty = Channel.CreateBounded<ImportBatch>(Batches);
    private readonly Channel<ImportBatch> _full = Channel.CreateBounded<ImportBatch>(Batches);
    private readonly ImportTally _tally = new();
    private readonly List<CustomerWrite> _writes = [];
    private WriteResult[] _results = [];
    private Task? _commit;
    private long _commitRecords;
    private long _durableRecords;
    private int _batchesSinceCommit;
    private long _bytes;

    /// <summary>Prepares an import; the stream stays open.</summary>
    /// <exception cref="ArgumentException">The options are invalid.</exception>
    internal ImportPump(Stream input, IImportSink sink, ImportOptions options, TimeProvider clock)
    {
        options.ThrowIfInvalid();
        _sink = sink;
        _options = options;
        _clock = clock;
        _reader = options.Format.CreateReader(new ImportInput(input), options.Backfill);
        _rejects = options.Rejects is null ? null : new RejectWriter(options.Rejects);
    }

    public void Dispose() => _rejects?.Dispose();

    /// <summary>Imports everything, and completes when it is durable.</summary>
    /// <remarks>If it fails or is cancelled, what was reported durable stays so, and more may be stored.</remarks>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="IOException">The stream cannot be read. What was read before is stored and durable.</exception>
    /// <exception cref="InvalidDataException">The stream is gzip that is damaged or ends too early; likewise.</exception>
    /// <exception cref="DefinitionException">The mapping does not fit the columns; nothing was stored.</exception>
    internal async Task<ImportResult> RunAsync(CancellationToken cancellation)
    {
        var started = _clock.GetTimestamp();
        for (var i = 0; i < Batches; i++)
        {
            _empty.Writer.TryWrite(new ImportBatch(_options.BatchSize, keepsInput: _rejects is not null));
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var reading = Task.Run(() => ReadAllAsync(stop.Token), CancellationToken.None);
        try
        {
            await WriteAllAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            // What is under way is waited for on every way out, because stream and sink are the caller's again
            // afterwards.
            await stop.CancelAsync().ConfigureAwait(false);
            await reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await (_commit ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await _reader.DisposeAsync().ConfigureAwait(false);
        }

        await EndReadingAsync(reading).ConfigureAwait(false);
        return Result(_clock.GetElapsedTime(started));
    }

    // What was read before the failure is stored and durable by now.
    private async Task EndReadingAsync(Task reading)
    {
        try
        {
            await reading.ConfigureAwait(false);
        }
        catch (InvalidDataException damage)
        {
            throw new InvalidDataException(
                string.Create(CultureInfo.InvariantCulture, $"{damage.Message} Records read and durable: {_durableRecords}."), damage);
        }
    }

    private async Task ReadAllAsync(CancellationToken cancellation)
    {
        try
        {
            while (true)
            {
                var batch = await _empty.Reader.ReadAsync(cancellation).ConfigureAwait(false);
                if (!await _reader.ReadAsync(batch, cancellation).ConfigureAwait(false))
                {
                    break;
                }

                _full.Writer.TryWrite(batch);
            }
        }
        finally
        {
            // A failure stays in the task: first, what was read before it is stored.
            _full.Writer.Complete();
        }
    }

    private async Task WriteAllAsync(CancellationToken cancellation)
    {
        while (await NextAsync(cancellation).ConfigureAwait(false) is { } batch)
        {
            Apply(batch);
            if (_rejects is not null)
            {
                await _rejects.FlushAsync(cancellation).ConfigureAwait(false);
            }

            _bytes = batch.SourceBytes;
            _empty.Writer.TryWrite(batch);
            _batchesSinceCommit++;
            Report();
            await EndCommitAsync(cancellation).ConfigureAwait(false);
            if (_batchesSinceCommit >= BatchesPerCommit)
            {
                BeginCommit(cancellation);
            }
        }

        while (_durableRecords < _tally.Records)
        {
            BeginCommit(cancellation);
            await _commit!.WaitAsync(cancellation).ConfigureAwait(false);
            await EndCommitAsync(cancellation).ConfigureAwait(false);
        }
    }

    // Commits while there is nothing to apply.
    private async ValueTask<ImportBatch?> NextAsync(CancellationToken cancellation)
    {
        var next = _full.Reader.WaitToReadAsync(cancellation).AsTask();
        while (!next.IsCompleted && _durableRecords < _tally.Records)
        {
            BeginCommit(cancellation);
            await Task.WhenAny(next, _commit!).ConfigureAwait(false);
            await EndCommitAsync(cancellation).ConfigureAwait(false);
        }

        return await next.ConfigureAwait(false) && _full.Reader.TryRead(out var batch) ? batch : null;
    }

    private void BeginCommit(CancellationToken cancellation)
    {
        if (_commit is null)
        {
            _commitRecords = _tally.Records;
            _batchesSinceCommit = 0;
            _commit = _sink.CommitAsync(cancellation).AsTask();
        }
    }

    private async ValueTask EndCommitAsync(CancellationToken cancellation)
    {
        if (_commit is { IsCompleted: true })
        {
            await _commit.WaitAsync(cancellation).ConfigureAwait(false);
            _commit = null;
            _durableRecords = _commitRecords;
            Report();
        }
    }

    private void Apply(ImportBatch batch)
    {
        _writes.Clear();
        foreach (var item in batch.Items)
        {
            if (item.Write is not null)
            {
                _writes.Add(item.Write);
            }
        }

        if (_results.Length < _writes.Count)
        {
            _results = new WriteResult[_writes.Count];
        }

        var results = _results.AsSpan(0, _writes.Count);
        results.Clear();
        if (_writes.Count > 0)
        {
            _sink.Apply(_writes, results);
        }

        Count(batch, results);
    }

    private void Count(ImportBatch batch, ReadOnlySpan<WriteResult> results)
    {
        var written = 0;
        for (var i = 0; i < batch.Count; i++)
        {
            var item = batch.Items[i];
            var rejection = item.Rejection;
            if (item.Write is null)
            {
                _tally.Add(item);
            }
            else
            {
                ref readonly var result = ref results[written++];
                _tally.Add(item, result);
                rejection = result.Rejection is { } refused ? refused with { Line = item.Line } : null;
            }

            if (rejection is not null)
            {
                _rejects?.Write(rejection, batch.InputOf(i));
            }
        }
    }

    private void Report()
    {
        _options.Progress?.Report(new ImportProgress
        {
            Records = _tally.Records,
            Accepted = _tally.Accepted,
            Duplicates = _tally.Duplicates,
            Rejected = _tally.Rejected,
            Skipped = _tally.Skipped,
            DurableRecords = _durableRecords,
            Bytes = _bytes,
            BytesTotal = _reader.BytesTotal,
        });
    }

    private ImportResult Result(TimeSpan elapsed)
    {
        return new ImportResult
        {
            Accepted = _tally.Accepted,
            Duplicates = _tally.Duplicates,
            Rejected = _tally.Rejected,
            Skipped = _tally.Skipped,
            Profiles = _tally.Profiles,
            FirstRejection = _tally.FirstRejection,
            Elapsed = elapsed,
        };
    }
}
