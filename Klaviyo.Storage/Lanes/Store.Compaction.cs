using Klaviyo.Storage.Checkpoints;
using Klaviyo.Storage.Cold;
using Klaviyo.Storage.Erasing;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Log;
using Klaviyo.Storage.Records;

namespace Klaviyo.Storage.Lanes;

// Takes every byte of erased profiles out of every file, while writers and questions go on:
//   1  the pages that hold such records are filled up, so that FASTER never writes them again
//   2  cold files: what lives in them moves to new ones
//   3  a new checkpoint replaces all old ones. It must come before 4: an older one would expect records that 4 takes away
//   4  the log: a journal says what will stand where, then it is overwritten in place; addresses and sequences stay
//   5  column chunks that hold events of erased profiles are dropped; then the journal is deleted
// A crash before the journal is whole leaves a store that can be compacted; one after that is carried on by the next opening.
internal sealed partial class Store
{
    private const int ColdRecordsInStep = 256;

    /// <summary>Takes the bytes of erased profiles out of every file.</summary>
    internal async Task<CompactResult> CompactAsync()
    {
        await _checkpointing.WaitAsync().ConfigureAwait(false);
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

        var filesBefore = DerivedFiles();
        MoveOutOfColdFiles();
        await TakeCheckpointAsync().ConfigureAwait(false);
        _ = CheckpointFile.DeleteOlder(_files);
        DeleteUnusedColdFiles();
        var deleted = filesBefore.Except(DerivedFiles()).Count();

        // A chunk that is made meanwhile would be made of what is about to go.
        var result = new CompactResult(0, 0, 0, deleted);
        _chunks.Maker.WhileIdle(() => result = OverwriteErased(until, deleted));
        return result;
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
            using var gate = Enter(lane.Lane);
            more = lane.Profiles.TakeBack(file, ref offset, ColdRecordsInStep);
            Settle(lane);
        }
    }

    private void DeleteUnusedColdFiles()
    {
        // There is but one checkpoint now, so what the one before named is not needed.
        _keptByOneBefore = null;
        using var gate = EnterAll();
        foreach (var lane in _lanes)
        {
            lane.State.Profiles.Cold.Delete(_keptByLast![lane.State.Lane]);
            if (lane.Log.Tail > lane.Log.Begin)
            {
                _files.SyncDirectory(lane.Log.Folder);
            }
        }
    }

    private CompactResult OverwriteErased(LogCut until, int deleted)
    {
        var (profiles, records) = WriteJournal(until);
        var bytes = records == 0 ? 0 : Overwrite();
        deleted += ForgetChunks();
        OverwriteJournal.Delete(_files);
        using var all = EnterAll();
        foreach (var lane in _lanes)
        {
            lane.ForgetReadUnderGate();
        }

        return new CompactResult(profiles, records, bytes, deleted);
    }

    private int ForgetChunks()
    {
        var before = _lanes.Sum(l => _chunks[l.State.Lane].All.Length);
        foreach (var lane in _lanes)
        {
            _chunks.Forget(lane.State.Lane, ordinal => State.IsErased(new ProfileKey(lane.State.Lane, ordinal)));
        }

        return before - _lanes.Sum(l => _chunks[l.State.Lane].All.Length);
    }

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

    private (long Profiles, long Records) WriteJournal(LogCut until)
    {
        long profiles = 0, records = 0;
        using var journal = OverwriteJournal.Begin(_files, Id);
        foreach (var lane in _lanes)
        {
            var erasure = new LaneErasure(lane.Log, lane.Extension, until[lane.State.Lane].Until);
            var owners = erasure.Owners();
            profiles += owners.Count;
            foreach (var overwrite in erasure.Find(owners))
            {
                journal.Add(overwrite);
                records++;
            }
        }

        journal.End();
        return (profiles, records);
    }
}
