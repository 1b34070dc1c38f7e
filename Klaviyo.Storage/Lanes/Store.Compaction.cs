using Klaviyo.Storage.Checkpoints;
using Klaviyo.Storage.Cold;
using Klaviyo.Storage.Erasing;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

// Takes every byte of erased profiles out of every file, while writers and questions go on:
//   0  what a process that was killed has left of a verification
//   1  the pages that hold such records are filled up, so that FASTER never writes them again
//   2  cold files, and identifiers that are on disk: what lives in them moves to new ones
//   3  a new checkpoint replaces all old ones. It must come before 5: an older one would expect records that 5 takes away
//   4  column chunks that hold such events are dropped, and none is made until the next step is over
//   5  the log: a journal says what will stand where, then it is overwritten in place; addresses and sequences stay
// A crash before the journal is whole leaves a store that can be compacted; one after that is carried on by the next opening.
internal sealed partial class Store
{
    private const int ColdRecordsInStep = 256;

    /// <summary>Takes the bytes of erased profiles out of every file.</summary>
    internal async Task<CompactResult> CompactAsync()
    {
        ThrowIfReadOnly();
        await BeginCheckpointingAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            return await CompactWhileNoCheckpointIsTakenAsync().ConfigureAwait(false);
        }
        finally
        {
            _checkpointing.Release();
        }
    }

    private async Task<CompactResult> CompactWhileNoCheckpointIsTakenAsync()
    {
        if (SealPages() is not { } until)
        {
            return new CompactResult(0, 0, 0, 0);
        }

        DeleteLeftByVerifying();
        var filesBefore = DerivedFiles();
        MoveOutOfColdFiles();
        State.Identifiers.Rewrite();
        await TakeCheckpointAsync().ConfigureAwait(false);
        _ = CheckpointFile.DeleteOlder(_files);
        DeleteUnusedColdFiles();
        var deleted = filesBefore.Except(DerivedFiles()).Count();
        var result = default(CompactResult)!;

        // A chunk that was made in between would keep what the log loses.
        _chunks.Maker.WhileIdle(() => result = OverwriteErased(until));
        return result with { FilesDeleted = result.FilesDeleted + deleted };
    }

    private string[] DerivedFiles() => [.. CheckpointFile.Names(_files), .. _lanes.SelectMany(ColdFileNames)];

    private IEnumerable<string> ColdFileNames(Lane lane)
    {
        using var gate = Enter(lane.State.Lane);
        return [.. lane.State.Profiles.Cold.All.Select(f => lane.State.Profiles.Cold.Name(f.Number))];
    }

    /// <summary>Ends the page at the tail of every lane and has all before it written for good.</summary>
    /// <returns>The ends of what may be overwritten now; null where nothing was ever erased.</returns>
    private LogCut? SealPages()
    {
        using var gate = EnterAll();
        if (_lanes.All(l => l.State.Profiles.ErasedCount == 0))
        {
            return null;
        }

        foreach (var lane in _lanes.Where(l => l.Log.Tail > l.Log.Begin))
        {
            lane.KeepClockUnderGate();
            while (lane.Log.FillerBytesUnderGate() is { } bytes)
            {
                lane.AppendUnderGate(RecordKind.Filler, new byte[bytes]);
            }

            // On a page of its own, so that what FASTER has of the pages before counts as complete.
            lane.AppendUnderGate(RecordKind.Filler, []);
        }

        // Under the gates, so that nothing is behind the tail when the files are cut off there.
        var cut = _log.Cut();
        _log.CommitAsync(cut).GetAwaiter().GetResult();
        foreach (var lane in _lanes)
        {
            lane.Log.CutOffBehindTailUnderGate();
        }

        return cut;
    }

    private void MoveOutOfColdFiles()
    {
        foreach (var lane in _lanes)
        {
            ColdFile[] old;
            using (Enter(lane.State.Lane))
            {
                lane.State.Profiles.Cold.BeginAnew();
                old = [.. lane.State.Profiles.Cold.Living];
            }

            foreach (var file in old)
            {
                MoveOut(lane.State, file);
            }
        }
    }

    private void MoveOut(LaneState lane, ColdFile file)
    {
        long offset = 0;
        for (var more = true; more && file.Live > 0;)
        {
            using (Enter(lane.Lane))
            {
                more = lane.Profiles.TakeBack(file, ref offset, ColdRecordsInStep);
                Settle(lane);
            }

            LetOthersIn(lane.Lane);
        }
    }

    private void DeleteUnusedColdFiles()
    {
        // There is but one checkpoint now, so what the one before named is not needed.
        _keptByOneBefore = null;
        foreach (var lane in _lanes)
        {
            DeleteColdFiles(lane, _keptByLast![lane.State.Lane]);
            SyncFolder(lane);
        }
    }

    // A lane of which nothing is durable may have no folder yet, and has nothing that could come back.
    private void SyncFolder(Lane lane)
    {
        if (!_log.Durable[lane.State.Lane].IsEmpty)
        {
            _files.SyncDirectory(lane.Log.Folder);
        }
    }

    private CompactResult OverwriteErased(LogCut until)
    {
        var erasures = _lanes.Select(l => new LaneErasure(l.Log, l.Extension, until[l.State.Lane].Until)).ToArray();
        var owners = erasures.Select(e => e.Owners()).ToArray();
        var dropped = DropChunks(owners);
        var records = WriteJournal(erasures, owners);
        var bytes = records == 0 ? 0 : Overwrite();
        OverwriteJournal.Delete(_files);
        using var all = EnterAll();
        foreach (var lane in _lanes)
        {
            lane.ForgetReadUnderGate();
        }

        return new CompactResult(owners.Sum(o => o.Count), records, bytes, dropped);
    }

    // For good, before the log is overwritten: a chunk that came back would differ from what the log gives.
    private int DropChunks(ErasedOwners[] owners)
    {
        var before = ChunkCount();
        for (var lane = 0; lane < owners.Length; lane++)
        {
            _chunks.Forget(lane, owners[lane].IsErased);
            SyncFolder(_lanes[lane]);
        }

        return before - ChunkCount();
    }

    private int ChunkCount() => _lanes.Sum(l => _chunks[l.State.Lane].All.Length);

    private long Overwrite()
    {
        long bytes = 0;
        try
        {
            using var segments = new SegmentOverwriter(_files, _log.Manifest.Layout);
            foreach (var overwrite in OverwriteJournal.Read(_files, Id))
            {
                using var gate = Enter(overwrite.Lane);
                _lanes[overwrite.Lane].Log.OverwriteUnderGate(overwrite, segments);
                bytes += overwrite.Bytes;
            }

            segments.Sync();
            return bytes;
        }
        catch (IOException fault)
        {
            // Half of it may be done: only an opening knows how to go on.
            _log.Poison(fault);
            throw new StorePoisonedException(fault);
        }
    }

    private long WriteJournal(LaneErasure[] erasures, ErasedOwners[] owners)
    {
        long records = 0;
        using var journal = OverwriteJournal.Begin(_files, Id);
        for (var lane = 0; lane < erasures.Length; lane++)
        {
            foreach (var overwrite in erasures[lane].Find(owners[lane]))
            {
                journal.Add(overwrite);
                records++;
            }
        }

        journal.End();
        return records;
    }
}
