using Klaviyo.Storage.Checkpoints;
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
            WriteImage();
            await Commits.CommitAsync(cancellationToken).ConfigureAwait(false);
            CheckpointFile.Publish(_files);
        }
        finally
        {
            Volatile.Write(ref _checkpointing, 0);
        }
    }

    /// <summary>Reads the whole log, checks every record, and compares what it gives with what is in memory.</summary>
    /// <returns>The first difference, or null.</returns>
    /// <exception cref="StoreCorruptedException">A record is damaged.</exception>
    internal string? Verify(out long records)
    {
        using var gate = EnterAll();
        using var state = new StoreState(_lanes.Length, Zone);
        var extension = _createExtension?.Invoke();
        var lanes = _lanes.Select(l => new Lane(this, l.Log, state.Lanes[l.State.Lane], new LaneHistory(state, _log.Lanes))
        {
            Extension = extension?.CreateLane(l.State.Lane),
        }).ToArray();
        records = 0;
        foreach (var lane in lanes)
        {
            records += Replay(lane, state, extension, lane.Log.Begin);
        }

        state.FinishReplay();
        return StoreImage.FirstDifference(ImageUnderAllGates(), new StoreImage(state, [.. lanes.Select(l => l.Extension)]));
    }

    private StoreImage ImageUnderAllGates() => new(State, [.. _lanes.Select(l => l.Extension)]);

    private void WriteImage()
    {
        using var gate = EnterAll();
        CheckpointFile.WriteTemporary(_files, ImageUnderAllGates(), Id, _log.Cut());
        foreach (var lane in _lanes)
        {
            lane.SinceCheckpoint = 0;
        }
    }

    private void Recover()
    {
        using var gate = EnterAll();
        var from = ReadCheckpoint();
        long replayed = 0;
        foreach (var lane in _lanes)
        {
            replayed += Replay(lane, State, _extension, from?[lane.State.Lane].Until ?? lane.Log.Begin);
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
