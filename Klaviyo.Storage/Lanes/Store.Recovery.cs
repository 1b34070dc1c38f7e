using Klaviyo.Storage.Checkpoints;
using Klaviyo.Storage.Cold;
using Klaviyo.Storage.Errors;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

// Opening = the newest good checkpoint + replay of what the log has behind it. Verifying = the whole log once more into a
// second state, compared with the first as images.
internal sealed partial class Store
{
    private const string VerifyName = "verify";

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

        var index = _lanes.Sum(l => l.State.Profiles.Bytes) + State.Identifiers.Bytes;
        return new StoreStats(
            _lanes.Sum(l => l.State.Events),
            _lanes.Sum(l => l.State.Profiles.Count - l.State.Profiles.ErasedCount - l.State.Profiles.Objects) - State.Merges.Count,
            metrics,
            _lanes.Sum(l => l.Log.Tail.Value - l.Log.Begin.Value),
            CheckpointFile.Names(_files).Sum(CheckpointLength) + _lanes.Sum(l => l.State.Profiles.Cold.Bytes) + _chunks.FileBytes
                + State.Identifiers.FileBytes,
            index,
            CheckpointFault?.Message,
            _chunks.Maker.Fault,
            _log.ManifestFault?.Message,
            index + GC.GetTotalMemory(forceFullCollection: false),
            State.Erasures.Count,
            State.Erasures.Last);
    }

    // A checkpoint that ends meanwhile deletes the oldest: one that was listed may be gone before it is opened.
    private long CheckpointLength(string name)
    {
        try
        {
            using var file = _files.Open(name);
            return file.Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }

    private string? FirstDamagedCheckpoint()
    {
        return CheckpointFile.Names(_files)
            .Where(IsDamagedCheckpoint)
            .Select(name => $"{name}: the checkpoint is damaged; it is not needed, and the next one replaces it.")
            .FirstOrDefault();
    }

    private bool IsDamagedCheckpoint(string name)
    {
        try
        {
            return CheckpointFile.Check(_files, name, Id, _log.Durable, _ => { }) is null;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }

    private string? CompareUnderAllGates(ref long records)
    {
        using var state = NewState(VerifyName);
        try
        {
            // Both indexes share the memory that one may take.
            _indexes = 2;
            SettleUnderAllGates();
            var extension = _createExtension?.Invoke();
            var rebuilt = _lanes.Select(l => new Lane(this, l.Log, state.Lanes[l.State.Lane], new LaneHistory(state, _log.Lanes))
            {
                Extension = extension?.CreateLane(l.State.Lane),
            }).ToArray();
            foreach (var lane in rebuilt)
            {
                lane.State.Profiles.NotesUniqueIds = false;
                records += Replay(lane, state, extension, lane.Log.Begin);
            }

            state.FinishReplay(Strange);
            return new StateComparison(
                State, [.. _lanes.Select(l => l.Extension)], state, [.. rebuilt.Select(l => l.Extension)]).FirstDifference();
        }
        catch (IOException fault)
        {
            throw new IOException($"There is no room to verify, or what is read cannot be; the store goes on: {fault.Message}", fault);
        }
        finally
        {
            _indexes = 1;
            foreach (var lane in state.Lanes)
            {
                lane.Profiles.Cold.Abandon();
                lane.Profiles.Cold.DeleteStrangers();
            }
        }
    }

    // Under the gates, so that none is of a verification that goes on. What is to be gone for good the compaction syncs.
    private void DeleteLeftByVerifying()
    {
        using var gate = EnterAll();
        foreach (var lane in _lanes)
        {
            using var left = NewColdFiles(lane.State.Lane, VerifyName);
            left.DeleteStrangers();
        }

        NewIdentifierRuns(VerifyName).Dispose();
    }

    private void Recover()
    {
        DeleteLeftByVerifying();
        TemporaryFile.TryDelete(_files, CheckpointFile.TemporaryName);
        var names = CheckpointFile.Names(_files);
        ThrowIfAnyIsAhead(names);
        _log.Mend();
        foreach (var name in names)
        {
            if (TryRecover(name))
            {
                return;
            }

            BeginEmpty();
        }

        using var gate = EnterAll();
        ReplayAll(checkpoint: null);
    }

    // A checkpoint gets its name only when the superblock that covers its cut is on the medium, and the durable cut never goes
    // back: no crash at any moment leaves one that is ahead, neither before the renaming nor after it. A fork has no checkpoint
    // but its own, and compaction moves no end. So the newest slot of the superblock was lost, and the one before it would
    // silently take away what was acknowledged.
    private void ThrowIfAnyIsAhead(IReadOnlyList<string> names)
    {
        if (names.FirstOrDefault(name => CheckpointFile.IsAhead(_files, name, Id, _log.Durable)) is { } proof)
        {
            throw Superblock.Behind(proof);
        }
    }

    // Whatever is wrong with a checkpoint shows here, or when the log behind it does not fit it. What is wrong with the log is
    // thrown when the log is all that is left to open from.
    private bool TryRecover(string name)
    {
        using var gate = EnterAll();
        try
        {
            if (Adopt(name) is not { } cut)
            {
                return false;
            }

            Restore(name, cut);
            ReplayAll(name);
            return true;
        }
        catch (StoreCorruptedException)
        {
            return false;
        }
    }

    private void ReplayAll(string? checkpoint)
    {
        long replayed = 0;
        _tailsAtCheckpoint = 0;
        foreach (var lane in _lanes)
        {
            var from = Math.Max(lane.State.Restored.From, lane.Log.Begin.Value);
            _tailsAtCheckpoint += from;
            lane.SinceCheckpoint = Replay(lane, State, _extension, new LogAddress(from));
            replayed += lane.SinceCheckpoint;
        }

        _checkpointBytes = checkpoint is null ? 0 : CheckpointLength(checkpoint);
        State.FinishReplay(Strange);
        foreach (var lane in _lanes)
        {
            lane.State.Profiles.Cold.DeleteStrangers();
            lane.State.Restored.Clear();
        }

        PlanUnderAllGates();

        Recovery = new RecoveryReport(checkpoint is not null, replayed);
    }

    private StoreCorruptedException Strange(int lane, LogAddress address) =>
        _log.Lanes[lane].Unreadable(address, new InvalidDataException("It names profiles that are not there."));

    // A checkpoint and the cold files that it names are good together, or not at all. Names are taken in at the first reading,
    // because all that the second one takes in is checked against them.
    private LogCut? Adopt(string name)
    {
        var frames = new StoreFrames(State, [.. _lanes.Select(l => l.Extension)]);
        var cold = new List<(int Lane, ColdFileMark File)>();
        var cut = CheckpointFile.Check(_files, name, Id, _log.Durable, seen => Take(name, seen, frame =>
        {
            if (frame.Kind == FrameKind.ColdFiles)
            {
                cold.AddRange(StoreFrames.ReadColdFiles(frame.Payload).Select(file => (frame.Lane, file)));
            }
            else if (frame.Kind == FrameKind.Names)
            {
                frames.Restore(frame);
            }
        }));
        return cut is not null && TryAdopt(cold) ? cut : null;
    }

    private bool TryAdopt(List<(int Lane, ColdFileMark File)> cold)
    {
        if (!cold.TrueForAll(f => f.Lane < _lanes.Length && _lanes[f.Lane].State.Profiles.Cold.TryAdopt(f.File)))
        {
            return false;
        }

        _keptByLast = [.. _lanes.Select(l => l.State.Profiles.Cold.All.Select(f => f.Number).ToHashSet())];
        return true;
    }

    private void Restore(string name, LogCut cut)
    {
        foreach (var lane in _lanes)
        {
            lane.State.Restored.SetAll(cut[lane.State.Lane].Until.Value);
        }

        var frames = new StoreFrames(State, [.. _lanes.Select(l => l.Extension)]);
        CheckpointFile.Read(_files, name, cut, frame =>
        {
            if (frame.Kind != FrameKind.Names)
            {
                Take(name, frame, f => frames.Restore(f));
                Settle(State.Lanes[frame.Lane]);
            }
        });
        Take(name, default, _ => State.CheckRestored(cut));
        foreach (var definition in State.Definitions.All)
        {
            Take(name, default, _ => _extension?.Defined(definition.Kind, definition.Name, definition.Text, definition.At));
        }
    }

    private static void Take(string name, Frame frame, Action<Frame> take)
    {
        try
        {
            take(frame);
        }
        catch (Exception fault) when (WrongContent.IsBehind(fault))
        {
            throw new StoreCorruptedException(name, 0, null, null, $"The checkpoint makes no sense: {fault.Message}");
        }
    }

    private long Replay(Lane lane, StoreState state, IStoreExtension? extension, LogAddress from)
    {
        long count = 0;
        using var scan = lane.Log.Scan(from, lane.Log.Tail);
        while (scan.MoveNext())
        {
            var record = scan.Current;
            if (record.Kind == (byte)RecordKind.Commit)
            {
                continue;
            }

            count++;
            try
            {
                Replay(lane, state, extension, record);
            }
            catch (Exception fault) when (WrongContent.IsBehind(fault))
            {
                throw lane.Log.Unreadable(record.Address, fault);
            }

            if (count % ReplayStep == 0)
            {
                LookAtCollector();
                Settle(lane.State);
            }
        }

        return count;
    }

    private static void Replay(Lane lane, StoreState state, IStoreExtension? extension, in LogRecord record)
    {
        state.Replay(lane.State.Lane, record);
        if (lane.State.Restored.HasAll(record.Address))
        {
            return;
        }

        switch ((RecordKind)record.Kind)
        {
            case RecordKind.Extension:
                lane.Extension?.Replay(record.Payload.Span, lane);
                break;
            case RecordKind.Definition when extension is not null:
                var definition = DefinitionRecord.Read(record.Payload);
                extension.Defined(definition.Kind, definition.Name, definition.Text, definition.At);
                break;
            case RecordKind.Erase:
                lane.Extension?.Erased(EraseRecord.Read(record.Payload).Profile, lane);
                break;
            case RecordKind.Merge:
                lane.ReplayMerge(MergeRecord.Read(record.Payload));
                break;
        }
    }

    private const int ReplayStep = 256;
}
