using System.Collections.Immutable;
using System.Diagnostics;

namespace Klaviyo.Storage.Log;

/// <summary>The truth of a store: the logs of its lanes, and one superblock that says how far they exist.</summary>
/// <remarks>
/// <para>Records are appended to lanes, each under its lane's gate. A <see cref="LogCut"/>, taken while all gates are
/// held, is a state of all lanes together. <see cref="CommitAsync"/> makes a cut durable: of several lanes with one superblock write
/// after all pages below it are on disk, of one lane with a mark behind its records. A reopen finds the last durable cut, exactly: what is beyond it in the files
/// is dropped. So what is appended between two cuts, to one lane or several, is there as a whole or not at all.</para>
/// <para>The first failure of a write is kept for ever: appends and commits are refused, reads go on.</para>
/// </remarks>
/// <threadsafety>All members are safe for concurrent use; those of the lanes say for themselves.</threadsafety>
internal sealed class EventLog : IDisposable
{
    // How far an opening has to follow the marks at most.
    private const int UnsealedMax = 256;
    private const long UnsealedBytesMax = 16 << 20;

    private readonly IDisposable _lock;
    private readonly LogFault _fault = new();
    private readonly SemaphoreSlim _committing = new(1, 1);
    private readonly Superblock _superblock;
    private readonly ImmutableArray<LaneLog> _lanes;
    private LogCut _durable;
    private LogCut _sealed;
    private int _unsealed;
    private bool _disposed;

    private EventLog(EventLogOptions options, IDisposable held)
    {
        _lock = held;
        Manifest = StoreDirectory.OpenOrCreate(options);
        _superblock = Superblock.Open(options.Files, Manifest);
        _durable = _sealed = _superblock.Durable;
        try
        {
            // Not before the superblock has shown that it is of the same store.
            ManifestFault = ManifestFiles.Mend(options.Files, Manifest);
            OverwriteJournal.Redo(options.Files, Manifest);
            _durable = options.IsSalvaged ? _durable : CommitMarks.Follow(options.Files, Manifest, _durable);
            if (_superblock.FindLoss(options.Files, _durable) is { } proof)
            {
                throw Superblock.Lost(proof);
            }

            _lanes = OpenLanes(options);
        }
        catch
        {
            _superblock.Dispose();
            throw;
        }
    }

    internal StoreManifest Manifest { get; }

    /// <summary>Gets why a damaged file of the manifest could not be written anew; null where both are whole.</summary>
    internal Exception? ManifestFault { get; }

    internal IReadOnlyList<LaneLog> Lanes => _lanes;

    /// <summary>Gets what is certain to be found at the next open.</summary>
    internal LogCut Durable => Volatile.Read(ref _durable);

    /// <summary>Gets the first failure of the disk; null while there was none.</summary>
    internal StorePoisonedException? Fault => _fault.Exception;

    /// <summary>Opens the store in a directory, or makes one in an empty or missing directory.</summary>
    /// <exception cref="StoreLockedException">The store is open already.</exception>
    /// <exception cref="StoreCorruptedException">The store is damaged, or the directory is none.</exception>
    internal static EventLog Open(EventLogOptions options)
    {
        // Before the lock, so that a directory that is none of ours gets no file of ours.
        StoreDirectory.ThrowIfForeign(options.Files);
        try
        {
            return OpenToWrite(options);
        }
        catch (IOException refused) when (StoreDirectory.IsOnlyToBeRead(options.Files, refused))
        {
            throw new IOException(
                $"The store in '{options.Files.Path}' cannot be written: {refused.Message} SalvageAsync (--salvage in the shell) reads it as it is.",
                refused);
        }
    }

    private static EventLog OpenToWrite(EventLogOptions options)
    {
        var held = StoreDirectory.Lock(options.Files);
        try
        {
            return new EventLog(options, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Takes a failure of the disk that was met elsewhere: from now on nothing is accepted.</summary>
    internal void Poison(Exception cause) => _fault.Latch(cause);

    /// <summary>Makes the files what they would be had the last life closed them. Nothing was appended yet.</summary>
    /// <remarks>
    /// <para>What lies behind the end is cut off, the superblock says what <see cref="CommitMarks"/> have told, and a slot of it that
    /// cannot be read is written anew.</para>
    /// <para>Where that fails nothing is accepted, as after any fault of a commit: what would be written to the logs then could not be
    /// told from what an earlier life, or the slot, has lost.</para>
    /// </remarks>
    internal void Mend()
    {
        try
        {
            // A life that was killed has left it to the system when its last note goes to the medium.
            _superblock.Sync();
            if (_lanes is [var lane])
            {
                lane.CutOffBehindTail();
            }

            // What the superblock says was synced before it said so.
            var isBehind = !_sealed.Covers(_durable);
            if (isBehind)
            {
                _lanes[0].SyncFrom(_sealed[0].Until);
            }

            if (isBehind || _superblock.IsHalf)
            {
                _superblock.Write(_durable);
                _sealed = _durable;
            }
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _fault.Latch(fault);
        }
    }

    /// <summary>Remembers the ends of all lanes. The caller holds the gate of every lane. Does no I/O.</summary>
    internal LogCut Cut()
    {
        var lanes = ImmutableArray.CreateBuilder<LaneCut>(_lanes.Length);
        foreach (var lane in _lanes)
        {
            lanes.Add(lane.Cut());
        }

        return new LogCut(lanes.MoveToImmutable());
    }

    /// <summary>Remembers the ends of all lanes, to be committed at once. The caller holds the gate of every lane.</summary>
    /// <remarks>Of a single lane a mark is the end, so that the commit takes one sync. One such commit at a time.</remarks>
    internal LogCut CutToCommit()
    {
        if (_lanes is not [var lane] || lane.Tail <= Durable[0].Until)
        {
            return Cut();
        }

        lane.Append(CommitMarks.Kind, []);
        return new LogCut([lane.Cut()]) { HasMark = true };
    }

    /// <summary>Makes a cut durable.</summary>
    /// <param name="cut">A cut of this log.</param>
    /// <returns>Completes when a reopen is certain to find the cut or a later one.</returns>
    /// <remarks>
    /// <para>Commits happen one after the other. A cut that a later one has made durable costs nothing.</para>
    /// <para>The calling thread does the writing, because a hop to another would cost a good part of the time that the
    /// disk takes: one sync for a cut with a mark, else one of each lane that has something new, and one of the superblock.</para>
    /// </remarks>
    /// <exception cref="StorePoisonedException">
    /// The disk has failed, now or earlier. The cut may be durable or not.
    /// </exception>
    internal async Task CommitAsync(LogCut cut)
    {
        await _committing.WaitAsync().ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _fault.ThrowIfLatched();
            if (Durable.Covers(cut))
            {
                return;
            }

            Debug.Assert(cut.Covers(Durable), "Cuts are taken while no lane is written, so one covers the other.");
            await FlushAsync(cut).ConfigureAwait(false);
            _fault.ThrowIfLatched();
            await SyncAsync(cut).ConfigureAwait(false);
            _fault.ThrowIfLatched();
            Publish(cut, isNote: cut.HasMark && MayLag(cut));
        }
        finally
        {
            _committing.Release();
        }
    }

    /// <summary>Makes the superblock say, on the medium, what is durable: what marks say alone is not told from a torn commit when it rots.</summary>
    /// <exception cref="StorePoisonedException">The disk has failed, now or earlier.</exception>
    internal async Task SealAsync()
    {
        await _committing.WaitAsync().ConfigureAwait(false);
        try
        {
            if (!_disposed && !_sealed.Covers(Durable))
            {
                _fault.ThrowIfLatched();
                Publish(Durable, isNote: false);
            }
        }
        finally
        {
            _committing.Release();
        }
    }

    /// <summary>Closes the files and releases the lock. What was not committed is dropped.</summary>
    public void Dispose()
    {
        // A commit under way ends first: its outcome must not depend on the moment of the dispose.
        _committing.Wait();
        try
        {
            if (!_disposed)
            {
                _disposed = true;
                Close(_lanes);
            }
        }
        finally
        {
            _committing.Release();
        }
    }

    private ImmutableArray<LaneLog> OpenLanes(EventLogOptions options)
    {
        var lanes = ImmutableArray.CreateBuilder<LaneLog>(Manifest.LaneCount);
        try
        {
            for (var lane = 0; lane < Manifest.LaneCount; lane++)
            {
                lanes.Add(LaneLog.Open(new LaneSetup
                {
                    Files = options.Files,
                    Manifest = Manifest,
                    Fault = _fault,
                    Lane = lane,
                    Durable = _durable[lane],
                    MemoryBytes = options.MemoryBytes,
                    IsSalvaged = options.IsSalvaged,
                }));
            }

            return lanes.MoveToImmutable();
        }
        catch
        {
            Close(lanes);
            throw;
        }
    }

    private void Close(IEnumerable<LaneLog> lanes)
    {
        foreach (var lane in lanes)
        {
            lane.Dispose();
        }

        _superblock.Dispose();
        _lock.Dispose();
    }

    // The last lane that has something to write does so on this thread, the others meanwhile on the thread pool; where
    // the pool has not begun by then, this thread does it too.
    private async Task FlushAsync(LogCut cut)
    {
        var last = _lanes.Length - 1;
        while (last > 0 && _lanes[last].IsFlushed(cut[last].Until))
        {
            last--;
        }

        var flushes = new Task[last + 1];
        for (var lane = 0; lane <= last; lane++)
        {
            flushes[lane] = _lanes[lane].FlushAsync(cut[lane].Until, onThisThread: lane == last);
        }

        for (var lane = 0; lane < last; lane++)
        {
            _lanes[lane].Help();
        }

        await Task.WhenAll(flushes).ConfigureAwait(false);
    }

    // As with the writing: this thread syncs one lane, and the others where the pool has not begun.
    private Task SyncAsync(LogCut cut)
    {
        var syncs = new List<LaneSync>(_lanes.Length);
        foreach (var lane in _lanes)
        {
            if (Durable[lane.Lane].Until < cut[lane.Lane].Until)
            {
                syncs.Add(new LaneSync(lane, _fault));
            }
        }

        for (var i = 1; i < syncs.Count; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(syncs[i], preferLocal: false);
        }

        foreach (var sync in syncs)
        {
            sync.Execute();
        }

        return Task.WhenAll(syncs.Select(s => s.Ended));
    }

    private bool MayLag(LogCut cut) => _unsealed < UnsealedMax && cut[0].Until.Value - _sealed[0].Until.Value < UnsealedBytesMax;

    private void Publish(LogCut cut, bool isNote)
    {
        try
        {
            if (isNote)
            {
                _superblock.Note(cut);
                _unsealed++;
            }
            else
            {
                _superblock.Write(cut);
                (_sealed, _unsealed) = (cut, 0);
            }

            Volatile.Write(ref _durable, cut);
        }
        catch (Exception e)
        {
            _fault.Latch(e);
            _fault.ThrowIfLatched();
        }
    }
}
