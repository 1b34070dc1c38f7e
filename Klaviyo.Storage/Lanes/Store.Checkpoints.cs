using System.Buffers;
using Klaviyo.Storage.Checkpoints;
using Klaviyo.Storage.Cold;
using Klaviyo.Storage.Files;
using Klaviyo.Storage.Index;
using Klaviyo.Storage.Log;

namespace Klaviyo.Storage.Lanes;

// A checkpoint is taken in steps, each under the gate for some microseconds, while writers go on. Of profiles replay knows for
// each how far it was; all else is as of the cut, at which no more is done under all gates than to begin its image.
internal sealed partial class Store
{
    private readonly SemaphoreSlim _checkpointing = new(1, 1);

    // By lane, the cold files that the last two checkpoints name: they stay until both are gone.
    private HashSet<int>[]? _keptByLast;
    private HashSet<int>[]? _keptByOneBefore;

    // How long the last checkpoint is, and where the logs ended when it began, added up.
    private long _checkpointBytes;
    private long _tailsAtCheckpoint;

    // By lane, the last cold file when the checkpoint under way began.
    private int[] _coldAtBegin = [];

    /// <summary>Writes an image of the derived state, so that the next opening replays less.</summary>
    internal async ValueTask CheckpointAsync(CancellationToken cancellationToken)
    {
        ThrowIfReadOnly();
        await BeginCheckpointingAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await TakeCheckpointAsync().ConfigureAwait(false);
        }
        finally
        {
            _checkpointing.Release();
        }
    }

    /// <summary>Waits until nothing is done that checkpoints, compaction, forks and the closing must not do beside each other.</summary>
    /// <remarks>The caller releases the semaphore.</remarks>
    /// <exception cref="ObjectDisposedException">The store is closed, perhaps since the wait began.</exception>
    private async ValueTask BeginCheckpointingAsync(CancellationToken cancellationToken)
    {
        await _checkpointing.WaitAsync(cancellationToken).ConfigureAwait(false);
        if (_disposed)
        {
            _checkpointing.Release();
            ObjectDisposedException.ThrowIf(_disposed, this);
        }
    }

    // All is durable by now. A disk without room for the image, or damage of what is derived, must not make the closing look failed:
    // the next opening replays.
    private async ValueTask CheckpointAtCloseAsync()
    {
        if (!_lanes.Any(l => l.SinceCheckpoint > 0))
        {
            return;
        }

        try
        {
            await CheckpointAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is IOException or StoreCorruptedException)
        {
            CheckpointFault = fault;
        }
    }

    // Not before the log has grown by as much as the last one is long: else a large store would write itself more often than its events.
    private bool CheckpointIsDue() => !_isReadOnly && _lanes.Sum(l => l.SinceCheckpoint) >= _options.CheckpointEveryRecords
        && _lanes.Sum(l => l.Log.Tail.Value) - _tailsAtCheckpoint >= _checkpointBytes;

    private async ValueTask CheckpointIfDueAsync()
    {
        if (!CheckpointIsDue() || !_checkpointing.Wait(0))
        {
            return;
        }

        if (_disposed)
        {
            // The files may be another's by now.
            _checkpointing.Release();
        }
        else if (_options.BackgroundCheckpoints)
        {
            // It writes and waits for the disk: that keeps no thread of the pool from those who wait for one. A commit needs it too.
            _ = Task.Factory.StartNew(
                CheckpointByItselfAsync, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        }
        else
        {
            await CheckpointByItselfAsync().ConfigureAwait(false);
        }
    }

    // The caller's write is durable: a full disk under the checkpoint must not make it look failed, nor whatever else. The fault is
    // shown in the statistics, and the next checkpoint is tried after as many records again.
    private async Task CheckpointByItselfAsync()
    {
        try
        {
            await TakeCheckpointAsync().ConfigureAwait(false);
            CheckpointFault = null;
        }
#pragma warning disable CA1031 // Nobody waits for it: what is not shown here is seen by nobody.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            CheckpointFault = fault;
        }
        finally
        {
            _checkpointing.Release();
        }
    }

    private async ValueTask TakeCheckpointAsync()
    {
        try
        {
            await WriteCheckpointAsync().ConfigureAwait(false);
        }
        catch
        {
            TemporaryFile.TryDelete(_files, CheckpointFile.TemporaryName);
            throw;
        }
    }

    private async ValueTask WriteCheckpointAsync()
    {
        var named = BeginCheckpoint();
        using (var file = new CheckpointWriter(_files, _lanes.Length))
        {
            var frames = new StoreFrames(State, [.. _lanes.Select(l => l.Extension)]);
            WriteProfiles(frames, file);
            WriteIdentifiers(file);
            var (cut, image, unsynced, cold) = CutWithImage(named);
            try
            {
                Sync(unsynced);
                foreach (var (lane, files) in cold.Index())
                {
                    file.Write(frames.ColdFiles(lane, files));
                }

                WriteImage(image, file);
            }
            finally
            {
                using var gate = EnterAll();
                image.Dispose();
            }

            WriteFilters(frames, file);
            file.End(Id, cut);
        }

        // A checkpoint that is ahead of the log would be one of something that never was.
        await Commits.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        var bytes = CheckpointLength(CheckpointFile.TemporaryName);
        CheckpointFile.Publish(_files);
        _checkpointBytes = bytes;
        DeleteColdFiles(named);
    }

    // A lane that nobody has written to has no folder yet.
    private void Sync(IReadOnlyList<ColdFile>[] unsynced)
    {
        foreach (var (lane, files) in unsynced.Index().Where(u => u.Item.Count > 0))
        {
            foreach (var cold in files)
            {
                cold.Content.Sync();
                cold.Synced = true;
            }

            _files.SyncDirectory(_lanes[lane].Log.Folder);
        }
    }

    private HashSet<int>[] BeginCheckpoint()
    {
        using var gate = EnterAll();
        foreach (var lane in _lanes)
        {
            lane.SinceCheckpoint = 0;
        }

        _tailsAtCheckpoint = _lanes.Sum(l => l.Log.Tail.Value);
        _coldAtBegin = [.. _lanes.Select(l => l.State.Profiles.Cold.LastNumber)];

        // All that a profile may name from now on: what lives, and what is still written to.
        return [.. _lanes.Select(l => l.State.Profiles.Cold).Select(cold =>
            cold.All.Where(f => f.Live > 0 || f == cold.UnderWay).Select(f => f.Number).ToHashSet())];
    }

    private void WriteProfiles(StoreFrames frames, CheckpointWriter file)
    {
        foreach (var lane in _lanes)
        {
            while (true)
            {
                Frame? frame;
                using (Enter(lane.State.Lane))
                {
                    frame = frames.NextProfiles(lane.State.Lane, lane.Log.Tail.Value);

                    // What was cold of the slots is read for it. Where there is no room on disk the checkpoint fails alone.
                    SettleOrThrow(lane.State);
                }

                if (frame is null)
                {
                    break;
                }

                file.Write(frame.Value);
                LetOthersIn(lane.State.Lane);
            }
        }
    }

    private void WriteIdentifiers(CheckpointWriter file)
    {
        var saved = new ArrayBufferWriter<byte>();
        for (var part = 0; part < IdentifierTable.PartCount; part++)
        {
            saved.ResetWrittenCount();
            State.Identifiers.Save(part, saved);
            file.Write(new Frame(FrameKind.Identifiers, 0, saved.WrittenMemory));
        }
    }

    // What is done here everybody waits for: none of it may grow with what the store holds. Profiles that came since those of
    // their lane were taken are counted alone; replay, which begins before that, makes them again.
    private (LogCut Cut, StoreImage Image, IReadOnlyList<ColdFile>[] Unsynced, ColdFileMark[][] Cold) CutWithImage(HashSet<int>[] named)
    {
        var (unsynced, files) = (new IReadOnlyList<ColdFile>[_lanes.Length], new ColdFileMark[_lanes.Length][]);
        using var gate = EnterAll();
        foreach (var lane in _lanes)
        {
            var cold = lane.State.Profiles.Cold;
            unsynced[lane.State.Lane] = cold.FlushForSync();

            // What lived when the profiles were taken may be waste by now, and is named all the same; also what was begun and
            // wasted since the checkpoint began.
            var (mine, begun) = (named[lane.State.Lane], _coldAtBegin[lane.State.Lane]);
            mine.UnionWith(cold.All.Where(f => f.Live > 0 || f.Number > begun).Select(f => f.Number));
            files[lane.State.Lane] = [.. cold.All.Where(f => mine.Contains(f.Number)).Select(f => f.Mark)];
        }

        return (_log.Cut(), StoreImage.Begin(State, [.. _lanes.Select(l => l.Extension)]), unsynced, files);
    }

    private void WriteImage(StoreImage image, CheckpointWriter file)
    {
        foreach (var (kind, lane, pages) in image.Images)
        {
            for (var more = true; more;)
            {
                ReadOnlyMemory<byte> part;
                using (Enter(lane))
                {
                    more = pages.TryStep(out part);
                }

                if (part.Length > 0)
                {
                    file.Write(new Frame(kind, lane, part));
                }

                LetOthersIn(lane);
            }
        }
    }

    // Taken last and without a gate: a filter that has more in it than it need is right as well.
    private void WriteFilters(StoreFrames frames, CheckpointWriter file)
    {
        foreach (var lane in _lanes)
        {
            ulong[][] filters;
            long room;
            using (Enter(lane.State.Lane))
            {
                var ids = lane.State.Profiles.ColdUniqueIds;
                (filters, room) = ([.. ids.Filters], ids.Room);
            }

            foreach (var slice in filters.SelectMany(f => frames.UniqueIds(lane.State.Lane, room, f)))
            {
                file.Write(slice);
            }
        }
    }

    private void DeleteColdFiles(HashSet<int>[] named)
    {
        (_keptByOneBefore, _keptByLast) = (_keptByLast, named);
        foreach (var lane in _lanes)
        {
            var keep = new HashSet<int>(named[lane.State.Lane]);
            keep.UnionWith(_keptByOneBefore?[lane.State.Lane] ?? []);
            DeleteColdFiles(lane, keep);
        }
    }

    private void DeleteColdFiles(Lane lane, IReadOnlySet<int> keep)
    {
        IReadOnlyList<ColdFile> unused;
        using (Enter(lane.State.Lane))
        {
            unused = lane.State.Profiles.Cold.TakeOut(keep);
        }

        lane.State.Profiles.Cold.Delete(unused);
    }
}
