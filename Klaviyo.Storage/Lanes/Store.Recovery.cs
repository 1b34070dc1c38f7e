using Klaviyo.Storage.Checkpoints;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

// Opening = the newest good checkpoint + replay of what the log has behind it. Verifying = the whole log once more into a
// second state, compared with the first as images.
internal sealed partial class Store
{
    /// <summary>Writes an image of the derived state, so that the next opening replays less.</summary>
    /// <remarks>Writers wait while the image is written; it gets its name when the log is durable up to its cut.</remarks>
    internal async ValueTask CheckpointAsync(CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _checkpointing, 1) != 0)
        {
            return;
        }

        try
        {
            using (var image = WriteImage())
            {
                image.Sync();
            }

            await Commits.CommitAsync(cancellationToken).ConfigureAwait(false);
            CheckpointFile.Publish(_files);
        }
        finally
        {
            Volatile.Write(ref _checkpointing, 0);
        }
    }

    // The caller's write is durable: a full disk under the checkpoint must not make it look failed. The fault is shown in the
    // statistics, and the next checkpoint is tried after as many records again.
    private async ValueTask CheckpointByItselfAsync(CancellationToken cancellationToken)
    {
        try
        {
            await CheckpointAsync(cancellationToken).ConfigureAwait(false);
            CheckpointFault = null;
        }
        catch (IOException fault)
        {
            CheckpointFault = fault;
            using var gate = EnterAll();
            foreach (var lane in _lanes)
            {
                lane.SinceCheckpoint = 0;
            }
        }
    }

    /// <summary>Reads the whole log and every checkpoint, and compares what the log gives with what is in memory.</summary>
    internal VerifyReport Verify()
    {
        long records = 0;
        try
        {
            using var gate = EnterAll();
            var problem = FirstDamagedCheckpoint() ?? _chunks.FirstProblem() ?? CompareUnderAllGates(ref records);
            return new VerifyReport(problem is null, records, problem);
        }
        catch (StoreCorruptedException damage)
        {
            return new VerifyReport(false, records, damage.Message);
        }
    }

    internal StoreStats Stats()
    {
        using var gate = EnterAll();
        var names = _lanes.SelectMany(l => l.State.EventsByMetric.Select((count, code) => (l.State.Names, code, count)));
        var metrics = new SortedDictionary<string, long>(StringComparer.Ordinal);
        foreach (var (table, code, count) in names.Where(n => n.count > 0))
        {
            metrics[table[code]] = metrics.GetValueOrDefault(table[code]) + count;
        }

        var index = _lanes.Sum(l => l.State.Slab.Bytes);
        return new StoreStats(
            _lanes.Sum(l => l.State.Events),
            _lanes.Sum(l => l.State.Profiles.Count - l.State.MergedAway),
            metrics,
            _lanes.Sum(l => l.Log.Tail.Value - l.Log.Begin.Value),
            CheckpointFile.Names(_files).Sum(CheckpointLength) + _chunks.FileBytes,
            index,
            CheckpointFault?.Message,
            _chunks.Maker.Fault,
            index + GC.GetTotalMemory(forceFullCollection: false));
    }

    private long CheckpointLength(string name)
    {
        using var file = _files.Open(name);
        return file.Length;
    }

    private string? FirstDamagedCheckpoint()
    {
        return CheckpointFile.Names(_files)
            .Where(name => CheckpointFile.Check(_files, name, Id, _log.Durable) is null)
            .Select(name => $"{name}: the checkpoint is damaged; it is not needed, and the next one replaces it.")
            .FirstOrDefault();
    }

    private string? CompareUnderAllGates(ref long records)
    {
        using var state = new StoreState(_lanes.Length, Zone);
        var extension = _createExtension?.Invoke();
        var rebuilt = _lanes.Select(l => new Lane(this, l.Log, state.Lanes[l.State.Lane], new LaneHistory(state, _log.Lanes))
        {
            Extension = extension?.CreateLane(l.State.Lane),
        }).ToArray();
        foreach (var lane in rebuilt)
        {
            records += Replay(lane, state, extension, lane.Log.Begin);
        }

        state.FinishReplay();
        var image = new StoreImage(state, [.. rebuilt.Select(l => l.Extension)]);
        return StoreImage.FirstDifference(ImageUnderAllGates(), image);
    }

    private StoreImage ImageUnderAllGates() => new(State, [.. _lanes.Select(l => l.Extension)]);

    private IStorageFile WriteImage()
    {
        using var gate = EnterAll();
        var file = CheckpointFile.WriteTemporary(_files, ImageUnderAllGates(), Id, _log.Cut());
        foreach (var lane in _lanes)
        {
            lane.SinceCheckpoint = 0;
        }

        return file;
    }

    private void Recover()
    {
        using var gate = EnterAll();
        var from = ReadCheckpoint();
        long replayed = 0;
        foreach (var lane in _lanes)
        {
            lane.SinceCheckpoint = Replay(lane, State, _extension, from?[lane.State.Lane].Until ?? lane.Log.Begin);
            replayed += lane.SinceCheckpoint;
        }

        State.FinishReplay();
        Recovery = new RecoveryReport(from is not null, replayed);
    }

    private LogCut? ReadCheckpoint()
    {
        foreach (var name in CheckpointFile.Names(_files))
        {
            if (CheckpointFile.Check(_files, name, Id, _log.Durable) is { } cut)
            {
                CheckpointFile.Read(_files, name, cut, ImageUnderAllGates());
                foreach (var definition in State.Definitions.All)
                {
                    _extension?.Defined(definition.Kind, definition.Name, definition.Text, definition.At);
                }

                return cut;
            }
        }

        return null;
    }

    private static long Replay(Lane lane, StoreState state, IStoreExtension? extension, LogAddress from)
    {
        long count = 0;
        using var scan = lane.Log.Scan(from, lane.Log.Tail);
        while (scan.MoveNext())
        {
            var record = scan.Current;
            count++;
            state.Replay(lane.State.Lane, record);
            switch ((RecordKind)record.Kind)
            {
                case RecordKind.Extension:
                    lane.Extension?.Replay(record.Payload.Span, lane);
                    break;
                case RecordKind.Definition when extension is not null:
                    var definition = DefinitionRecord.Read(record.Payload);
                    extension.Defined(definition.Kind, definition.Name, definition.Text, definition.At);
                    break;
                case RecordKind.Merge:
                    lane.ReplayMerge(MergeRecord.Read(record.Payload));
                    break;
            }
        }

        return count;
    }

    private bool CheckpointIsDue() => _lanes.Sum(l => l.SinceCheckpoint) >= _options.CheckpointEveryRecords;
}
